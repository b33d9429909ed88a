"""What `python scada.py hw ...` does: a process of its own for whoever stands before the cabinet."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable

from hw.calibrate import calibrate
from hw.clock import RealClock
from hw.field import TWIN_SPEED, Clock, Field, desk_settings, others_at_work
from hw.ports import Ports
from hw.read_channel import house_words, read_channel
from hw.scan import scan, with_spare_terminals
from hw.service_machine import Machine
from hw.walk import walk
from layouts.bus_files import i2c_missing
from layouts.config import load_settings
from layouts.load import load_house
from layouts.mistakes import Mistakes, nearest
from layouts.model import House
from layouts.settings import Settings
from layouts.terminal import Ended, Nobody, Terminal

EXIT_CONFIG = 78
EXIT_BUSY = 75
EXIT_BROKEN_OFF = 130
OpenPorts = Callable[[House, Settings, Clock], Ports]


def hw_command(
    args: argparse.Namespace,
    open_ports: OpenPorts,
    terminal: Terminal | None = None,
    clock: Clock | None = None,
    machine: Machine | None = None,
) -> int:
    """The whole command; returns the exit code. Raises `SettingsMistakes` and `LayoutMistakes`."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:  # as `scada.py` sets it while it loads
        signal.signal(signal.SIGINT, signal.default_int_handler)
    terminal, machine = terminal or Terminal(), machine or Machine(uid=os.geteuid(), environ=os.environ)
    if wrong := out_of_bounds(args):
        return _refused(terminal, wrong)
    settings = load_settings(args.config)
    house = load_house(settings.site.layout)
    if wrong := unknown_relay(args, house):
        return _refused(terminal, wrong)
    real = settings.hardware.bus == "real"
    if real and (others := list(others_at_work(machine))):
        for sentence in others:
            terminal.complain(f"{_why(args.what)}: {sentence}.")
        return EXIT_BUSY
    if missing := list(i2c_missing(house, settings)):
        return _refused(terminal, missing)
    speed = 1.0 if real else TWIN_SPEED
    settings = settings if real else desk_settings(settings)
    house = with_spare_terminals(house) if args.what == "scan" else house
    try:
        clock = clock or RealClock(speed)
        field = Field(house, settings, clock, open_ports(house, settings, clock), speed)
    except (OSError, ValueError) as error:
        terminal.complain(str(error))
        return EXIT_CONFIG
    try:
        terminal.say(house_words(house, field.ports.simulated))
        return _run(args, field, terminal, lambda: list(others_at_work(machine)) if real else [])
    except Nobody as nobody:
        terminal.complain(str(nobody))
    except Mistakes as mistakes:
        for sentence in mistakes.sentences:
            terminal.complain(sentence)
    except KeyboardInterrupt:
        terminal.say("\nBroken off: Ctrl-C.")
        return EXIT_BROKEN_OFF
    except Ended as ended:
        terminal.say(f"\nBroken off: {ended}. Nothing was written.")
        return EXIT_BROKEN_OFF
    finally:
        field.close()
    return EXIT_CONFIG


def _refused(terminal: Terminal, sentences: list[str]) -> int:
    for sentence in sentences:
        terminal.complain(sentence)
    return EXIT_CONFIG


def _why(what: str) -> str:
    return f"hw {what} needs the buses for itself"


BOUNDS = (
    ("hold", "--hold", 1.0, 600.0, "s"),
    ("listen", "--listen", 0.0, 3600.0, "s"),
    ("seconds", "--seconds", 30.0, 7200.0, "s"),
    ("reference_f", "--reference-f", 32.0, 212.0, "°F"),
)
"""What a number may be; whatever is no number is within no bounds."""


def out_of_bounds(args: argparse.Namespace) -> list[str]:
    """A sentence for every number that makes no sense; told before anything is opened or switched."""
    found = []
    for name, option, least, most, unit in BOUNDS:
        value = getattr(args, name, None)
        if value is not None and not least <= value <= most:
            found.append(f"{option}: {value:g} is not between {least:g} and {most:g} {unit}.")
    return found


def unknown_relay(args: argparse.Namespace, house: House) -> list[str]:
    """A sentence when the relay to be walked is not in the layout; like a wrong number, told first."""
    known = {name for relay in house.relays for name in (relay.node, relay.key)}
    if args.what != "walk" or not args.name or args.name in known:
        return []
    return [f"{house.file}: there is no relay '{args.name}'.{_hint(args.name, known)}"]


def _run(
    args: argparse.Namespace, field: Field, terminal: Terminal, hindered: Callable[[], list[str]]
) -> int:
    if args.what == "scan":
        return scan(field, terminal, args.listen)
    if args.what == "walk":
        if not args.yes and not terminal.person:
            raise Nobody(
                "hw walk asks before each relay, and nobody is at a terminal to answer; --yes switches every "
                "relay without asking."
            )
        return walk(field, terminal, yes=args.yes, hold_s=args.hold, only=args.name or "", hindered=hindered)
    if not args.name:
        what = "a channel: hw read hp-lwt" if args.what == "read" else "a tank: hw calibrate buffer"
        raise Mistakes([f"hw {args.what} takes the name of {what}"])
    if args.what == "read":
        return read_channel(field, args.name, terminal)
    seconds = args.seconds
    return calibrate(field, args.name, terminal, reference_f=args.reference_f, seconds=seconds, yes=args.yes)


def _hint(word: str, known: set[str]) -> str:
    best = nearest(word, sorted(known))
    return f" Did you mean '{best}'?" if best else ""
