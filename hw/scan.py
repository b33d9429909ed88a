"""`hw scan`: what answers on which bus, against what the layout says; a sentence for every difference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hw.field import Field
from hw.one_wire import FOLDER
from layouts.model import House, Thermistor
from layouts.share import share_of
from layouts.terminal import Terminal
from states.image import FAILED, GOOD, OPEN, SHORT, Post

FIRST_ADDRESS, LAST_ADDRESS = 0x08, 0x77
SPARE = "terminal-"
"""Channels that only a scan knows: the screw terminals no channel of the layout hangs on."""
LOOK_S = 6.0
"""Time for the meter and every thermistor, and for a chip to be given up."""
LISTEN_S = 75.0
"""A tank module posts every 60 s."""
_UID = re.compile(rb'"HwUid"\s*:\s*"([A-Za-z0-9_-]{1,40})"')


class Family(Struct, frozen=True):
    """Boards of one kind: where they may stand, where the layout has them, which key of it says so."""

    words: str
    chip: str
    first: int
    last: int
    addresses: tuple[int, ...]
    key: str
    share: str
    """What hangs on the board at a place, with two numbers to fill in."""
    each: int


def families(house: House) -> tuple[Family, ...]:
    """The kinds of boards there are; a PCF8575 and an ADS1115 never share an address."""
    outputs = house.dac_boards if house.zero_tens else ()
    chips = house.pipes.addresses if house.pipes.thermistors else ()
    return (
        Family("relay board", "PCF8575", 0x20, 0x27, house.relay_boards, "[boards] relays", "relays", 16),
        Family("0-10 V board", "GP8403", 0x58, 0x5F, outputs, "[boards] zero_ten", "outputs", 2),
        Family("ADC", "ADS1115", 0x48, 0x4B, chips, "[pipes] addresses", "terminals", 4),
    )


def with_spare_terminals(house: House) -> House:
    """The house with a channel on every free terminal of its pipe board, for `scan` alone."""
    used = {thermistor.terminal for thermistor in house.pipes.thermistors}
    chips = len(house.pipes.addresses)
    if not house.pipes.thermistors:
        return house
    model = house.channel_by_name[house.pipes.thermistors[0].channel]
    free = [number for number in range(1, 4 * chips + 1) if number not in used]
    spare = tuple(Thermistor(f"{SPARE}{number}", number) for number in free)
    channels = tuple(replace(model, name=thermistor.channel, id=thermistor.channel) for thermistor in spare)
    return replace(
        house,
        pipes=replace(house.pipes, thermistors=(*house.pipes.thermistors, *spare)),
        channels=(*house.channels, *channels),
    )


def scan(field: Field, terminal: Terminal, listen_s: float = LISTEN_S, w1_folder: str = FOLDER) -> int:
    """Print what was found; returns 0 when all is as the layout says, 1 when not. Writes to no board."""
    house = share_of(field.house, field.settings.site.role)
    bad: list[str] = []
    terminal.say("I2C:")
    for good, sentence in i2c(field, house):
        _tell(terminal, good, sentence, bad)
    modules_too = f", and modules for up to {listen_s:.0f} s" if listen_s else ""
    terminal.say(f"Thermistors, meter{modules_too}:")
    field.run(LOOK_S)
    field.run(max(0.0, listen_s - LOOK_S), lambda: _all_heard(field))
    for good, sentence in (*_thermistors(field, house), *_meter(field, house)):
        _tell(terminal, good, sentence, bad)
    if listen_s:
        for good, sentence in modules(field, house):
            _tell(terminal, good, sentence, bad)
    for good, sentence in one_wire(field, house, w1_folder):
        _tell(terminal, good, sentence, bad)
    terminal.say(f"{len(bad)} thing(s) to put right." if bad else "All is as the layout says.")
    return 1 if bad else 0


Found = Iterator[tuple[bool | None, str]]
"""(as the layout says, or None where nobody can know; a sentence)."""
_MARKS = {True: "ok", False: "!!", None: "--"}


def _tell(terminal: Terminal, good: bool | None, sentence: str, bad: list[str]) -> None:
    terminal.say(f"  {_MARKS[good]}  {sentence}")
    if good is False:
        bad.append(sentence)


def i2c(field: Field, house: House) -> Found:
    """Boards present, missing, moved, and strangers."""
    if trouble := field.bus_trouble():
        yield False, trouble
        return
    there = {a for a in range(FIRST_ADDRESS, LAST_ADDRESS + 1) if field.answers_at(a)}
    expected: set[int] = set()
    for family in families(house):
        expected |= set(family.addresses)
        yield from _family(family, there)
    for address in sorted(there - expected):
        near = next((f for f in families(house) if f.first <= address <= f.last), None)
        guess = f"by its address it may be a {near.words} ({near.chip})" if near else "no board of ours"
        yield False, f"0x{address:02X} answers and stands in no table of the layout; {guess}."


def _family(family: Family, there: set[int]) -> Found:
    missing = [a for a in family.addresses if a not in there]
    strange = [a for a in sorted(there) if family.first <= a <= family.last and a not in family.addresses]
    for place, address in enumerate(family.addresses):
        first = place * family.each + 1
        what = f"{family.share} {first} to {first + family.each - 1}"
        if address in there:
            yield True, f"0x{address:02X} {family.words} ({family.chip}), {what}"
            continue
        moved = ""
        if len(missing) == len(strange) == 1:
            moved = (
                f" One answers at 0x{strange[0]:02X}: set its address jumpers to 0x{address:02X}, or correct "
                f"{family.key}."
            )
        hint = moved or " Look at its supply, its two bus wires and its address jumpers."
        yield False, f"0x{address:02X} does not answer: {family.words} ({family.chip}), {what}.{hint}"


def _thermistors(field: Field, house: House) -> Found:
    if field.bus_trouble():
        return
    for thermistor in house.pipes.thermistors:
        name, number = thermistor.channel, thermistor.terminal
        found = field.reading(name)
        if name.startswith(SPARE):
            if found is not None and found.quality == GOOD:
                yield (
                    False,
                    f"terminal {number}: a thermistor reads {field.value(name):.1f} °C, but no channel of "
                    "the layout hangs there; write it into [pipes.thermistors].",
                )
            continue
        value = field.value(name)
        if value is not None:
            yield True, f"terminal {number}: {name} reads {value:.1f} °C ({value * 1.8 + 32:.1f} °F)"
        elif found is not None:
            why = _WHY.get(found.quality, f"it reads '{found.quality}'")
            yield False, f"terminal {number}: {name}: {why}."
        else:
            yield False, f"terminal {number}: {name}: nothing was read yet; look at its ADC."


_WHY = {
    OPEN: "nothing is connected",
    SHORT: "its two wires touch",
    FAILED: "nothing can be read, its ADC does not answer",
}


def _meter(field: Field, house: House) -> Found:
    meter = house.meter
    if not meter.registers:
        return
    status = field.rig.devices()[field.rig.meter.device.name]
    if not status.ok:
        yield False, f"meter at {meter.place} does not answer: {status.words.rstrip('.') or 'no answer yet'}."
        return
    yield not status.words, f"meter {meter.make_model} at {meter.place} answers. {status.words}".strip()
    for register in meter.registers:
        value = field.value(register.channel)
        words = f"register {register.address}: {register.channel}"
        if value is None:
            yield False, f"{words}: no value; is it a register of this meter?"
        else:
            yield True, f"{words} {value:.0f} W"


# ------------------------------------------------------------------------------------------- modules


def _all_heard(field: Field) -> bool:
    intake = field.rig.intake
    return all(module.device.ok for module in intake.modules if module is not intake.hub)


def callers(posts: list[Post]) -> dict[tuple[str, str], int]:
    """(actor a post was for, serial of the module) -> how often."""
    found: dict[tuple[str, str], int] = {}
    for post in posts:
        match = _UID.search(post.body[:4096])
        actor = post.path.strip("/").split("/")[0]
        if match:
            key = (actor, match[1].decode("ascii"))
            found[key] = found.get(key, 0) + 1
    return found


def _measuring(posts: list[Post]) -> set[str]:
    """Actors for which something measured was posted."""
    words = (post.path.strip("/").split("/") for post in posts)
    return {path[0] for path in words if not path[-1].endswith(("-params", "code-update"))}


def modules(field: Field, house: House) -> Found:
    """Wi-Fi modules and the hub: heard, silent, swapped, unknown."""
    wanted = {t.name: t.hw_uid for t in house.tanks if t.enabled}
    wanted |= {f.node: f.hw_uid for f in house.flows if f.enabled}
    wanted |= {b.node: b.hw_uid for b in house.btus if b.enabled}
    owner = {uid: actor for actor, uid in wanted.items() if uid}
    heard, measuring = callers(field.posts), _measuring(field.posts)
    for actor, uid in wanted.items():
        who = [found for name, found in heard if name == actor]
        if who and actor not in measuring:
            yield False, f"{actor}: module {who[0]} asked for its parameters, but no measurement came."
        elif uid in who or (uid is None and who):
            adopted = "" if uid else f'; write hw_uid = "{who[0]}" into the layout'
            yield bool(uid), f"{actor}: module {uid or who[0]} posts{adopted}"
        elif not who:
            yield False, f"{actor}: module {uid or '(no hw_uid)'} was not heard. Is it powered (relay vdc)?"
    for actor, uid in heard:
        if actor in wanted and wanted[actor] in (uid, None):
            continue
        home = owner.get(uid)
        if home is not None:
            other = "the two are swapped" if (home, wanted.get(actor)) in heard else "one of both is wrong"
            yield (
                False,
                f"module {uid} posts as '{actor}', but the layout has it at '{home}': {other}; set the "
                "module up anew or correct hw_uid.",
            )
        elif actor in wanted:
            yield False, f"'{actor}' is module {wanted[actor]} in the layout, but {uid} posts as it."
        else:
            yield False, f"module {uid} posts as '{actor}', which is in no table of the layout."
    yield from _hub(field, house)


def _hub(field: Field, house: House) -> Found:
    hub = field.rig.intake.hub
    if hub is None or not house.zones:
        return
    if hub.device.ok:
        yield True, f"hub {house.hub.mac} speaks"
        return
    yield None, f"hub {house.hub.mac} was not heard; it posts only when something at a thermostat changes."


def one_wire(field: Field, house: House, folder: str) -> Found:
    """1-wire probes by their numbers."""
    known = {probe.rom: probe.channel for probe in house.probes}
    if field.ports.world is not None:
        for channel in known.values():
            value = field.value(channel)
            yield (
                value is not None,
                f"1-wire {channel}: " + ("silent" if value is None else f"{value:.1f} °C"),
            )
        return
    try:
        there = {entry.name for entry in Path(folder).iterdir() if entry.name.startswith("28-")}
    except OSError:
        there = set()
    for rom, channel in known.items():
        found = rom in there
        yield found, f"1-wire {rom}: {channel}" + ("" if found else " is not on the bus.")
    for rom in sorted(there - set(known)):
        yield False, f'1-wire {rom} is on the bus; write  CHANNEL = "{rom}"  into [probes].'
