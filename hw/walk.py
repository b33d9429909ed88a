"""`hw walk`: every relay, one after the other: asked for, switched, read back, its effect measured, put back.

Whatever happens (no, Ctrl-C, a dropped SSH line, a board that fails, a second writer), the relays go back to
where they were found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from hw.break_off import Interrupted, signals_break_off
from hw.field import Field
from layouts.model import House, Relay
from layouts.names import METERED_HEAT_PUMP
from layouts.share import share_of
from layouts.terminal import Terminal

RESTORE_TRIES = 20
SETTLE_S = 3.0
QUICK_S, FLOW_S, VALVE_S = 5.0, 30.0, 60.0
TIMES_S = {
    "charge-discharge": VALVE_S,
    "store-pump-failsafe": FLOW_S,
    "primary-pump-scada-ops": FLOW_S,
    "primary-pump-failsafe": FLOW_S,
    "hp-loop-on-off": VALVE_S,
}
"""How long an effect is watched for, seconds; the others QUICK_S, too short to start a compressor."""
EXPECTED = {
    "store-pump-failsafe": ("store-pump-pwr", "store-flow"),
    "primary-pump-scada-ops": ("primary-pump-pwr", "primary-flow"),
}
"""Channels that should move, by relay; a zone's relays move its call wire."""
LEADERS = {"primary-pump-scada-ops": "primary-pump-failsafe"}
"""Relay -> the one that decides whether it counts; a zone's call has its own."""
NOTABLE = {"W": 8.0, "gpm": 0.2, "°C": 0.7}
"""What counts as an effect, by unit."""
WARNINGS = {
    "vdc": "The Wi-Fi sensor modules lose their supply meanwhile.",
    "hp-failsafe": "With relay 6 at rest this calls the heat pump.",
    "hp-scada-ops": "Energised, the heat pump is not called.",
    "thermistor-common": "The pipe thermistors are cut off meanwhile.",
    "aquastat-ctrl": "Energised, the aquastat no longer reaches the boiler.",
}


GUARDED = frozenset(
    {"hp-failsafe", "hp-scada-ops", "aquastat-ctrl", "primary-pump-scada-ops", "primary-pump-failsafe"}
)
"""Relays that would stop a running compressor or the water through it."""
STOP_IT = "Switch it off at its own controller, wait until it rests, and walk again."
LOOK_S = 75.0
"""By then every module has posted once."""


class Step(Struct):
    """What became of a relay."""

    node: str
    switched: bool = False
    followed: bool = True


def walk(
    field: Field,
    terminal: Terminal,
    *,
    yes: bool = False,
    hold_s: float | None = None,
    only: str = "",
    hindered: Callable[[], list[str]] = list,
) -> int:
    """Walk; 0 when every relay asked for followed, 1 when one did not, 130 when it was broken off.

    `hindered()` names whoever else would write to the boards; it is asked before every relay.
    """
    ours = share_of(field.house, field.settings.site.role).relays
    if not ours:
        terminal.complain("This computer switches no relay; walk on the primary one.")
        return 1
    relays = [relay for relay in ours if only in ("", relay.node, relay.key)]
    found = _found(field)
    dead = [relay.node for relay in ours if relay.node not in found]
    if dead:
        why = field.bus_trouble() or f"{', '.join(dead)}: the board does not answer."
        terminal.complain(f"{why.rstrip('.')}; nothing is switched.")
        return 1
    code = 1
    with signals_break_off() as ignore:
        try:
            code = _relays(field, terminal, relays, found, hindered, yes, hold_s)
            ignore()
        except (KeyboardInterrupt, Interrupted) as why:
            ignore()
            terminal.say(f"\nBroken off: {why or 'Ctrl-C'}.")
            code = 130
        finally:
            ignore()
            code = _restored(field, found, terminal, code)
    return code


def _relays(
    field: Field,
    terminal: Terminal,
    relays: list[Relay],
    found: dict[str, int],
    hindered: Callable[[], list[str]],
    yes: bool,
    hold_s: float | None,
) -> int:
    """One after the other. Raises `Interrupted` when somebody else is there."""
    _begin(field, found, terminal)
    steps = []
    for relay in relays:
        if others := hindered():
            raise Interrupted(" ".join(others))
        steps.append(_step(field, relay, found, terminal, yes, hold_s))
    return _summary(steps, terminal)


def _found(field: Field) -> dict[str, int]:
    """Where every relay stands, by its board."""
    field.run(SETTLE_S)
    return {
        relay.node: back.value
        for relay in field.house.relays
        if (back := field.readbacks.get(relay.node)) is not None and back.value is not None
    }


def _begin(field: Field, found: dict[str, int], terminal: Terminal) -> None:
    normal = {output.node: output.default for output in field.house.zero_tens}
    field.outputs = found | normal
    if normal:
        volts = ", ".join(f"{node} {value / 10:.1f} V" for node, value in normal.items())
        terminal.say(f"0-10 V outputs go to their normal volts, or no pump would turn: {volts}.")
    terminal.say(f"Looking around for up to {LOOK_S:.0f} s, to have something to compare with ...")
    here = (c for c in field.house.channels if c.captured_by not in field.house.second_nodes)
    wanted = {channel.name for channel in here if channel.unit in NOTABLE}
    field.run(LOOK_S, lambda: wanted <= set(measured(field)))


def running(field: Field) -> str:
    """Why the heat pump must not be disturbed now; empty when it is seen to rest."""
    watts = [field.value(name) for name in METERED_HEAT_PUMP]
    known = [value for value in watts if value is not None]
    if len(known) < len(watts):
        return "whether the heat pump runs is not known, since its power is not measured"
    total = sum(known)
    idle_w = field.settings.heat_pump.idle_w
    return f"the heat pump runs ({total:.0f} W)" if total > idle_w else ""


def _step(
    field: Field,
    relay: Relay,
    found: dict[str, int],
    terminal: Terminal,
    yes: bool,
    hold_s: float | None,
) -> Step:
    step = Step(relay.node)
    words = (relay.kind.rest_state, relay.kind.active_state)
    at, to = found[relay.node], 1 - found[relay.node]
    seconds = hold_s if hold_s is not None else watched_s(relay)
    what = f"{relay.node} {relay.key}: from {words[at]} to {words[to]} for {seconds:.0f} s."
    warning = WARNINGS.get(relay.key, "")
    if relay.key in GUARDED and (why := running(field)):
        terminal.say(f"{relay.node} {relay.key}: left alone, because {why}. {STOP_IT}")
        return step
    if yes:
        terminal.say(f"{what} {warning}".rstrip())
    elif not terminal.agrees(f"{what} {warning}".rstrip() + " Switch it?"):
        terminal.say("  left alone")
        return step
    before = measured(field)
    moved = _moved(field)
    _set(field, relay.node, to)
    step.switched = True
    step.followed = field.run(SETTLE_S, lambda: _stands(field, relay.node, to))
    terminal.say(f"  readback: {'followed' if step.followed else 'DID NOT FOLLOW'}")
    field.run(seconds)
    if _moved(field) != moved:
        raise Interrupted("somebody else moved relays of these boards, or a board lost its supply")
    effects = tuple(changes(field.house, before, measured(field)))
    idle = _idle(field, relay, found)
    for line in (
        *(effects or (idle or "no effect on anything measured",)),
        *_unseen(relay, before, effects, idle),
    ):
        terminal.say(f"  {line}")
    _set(field, relay.node, at)
    field.run(SETTLE_S, lambda: _stands(field, relay.node, at))
    field.run(seconds if effects else 0.0)  # what it set going comes to rest before the next one is judged
    field.run(LOOK_S, lambda: set(before) <= set(measured(field)))
    return step


def _idle(field: Field, relay: Relay, found: dict[str, int]) -> str:
    """Why this relay alone can move nothing: the one before it in the wire leaves the matter to others."""
    leader = LEADERS.get(relay.key)
    zone = next((z for z in field.house.zones if z.ops_relay == relay.node), None)
    before = field.house.relay_by_key[leader].node if leader else zone.failsafe_relay if zone else ""
    if not before or found.get(before) == 1:
        return ""
    rest = field.house.relay_by_node[before].kind.rest_state
    return f"nothing moves by it while {before} stands at {rest}: only its readback is judged"


def watched_s(relay: Relay) -> float:
    """How long a relay is held, seconds."""
    return FLOW_S if relay.zone else TIMES_S.get(relay.key, QUICK_S)


def _set(field: Field, node: str, coil: int) -> None:
    field.outputs = dict(field.outputs or {}) | {node: coil}


def _stands(field: Field, node: str, coil: int) -> bool:
    back = field.readbacks.get(node)
    return back is not None and back.value == coil


def _moved(field: Field) -> int:
    return sum(board.changed_alone for board in field.rig.relays.boards)


def measured(field: Field) -> dict[str, float]:
    """Every power, flow and temperature that is known now."""
    found = {}
    for channel in field.house.channels:
        value = field.value(channel.name) if channel.unit in NOTABLE else None
        if value is not None:
            found[channel.name] = value
    return found


def changes(house: House, before: dict[str, float], after: dict[str, float]) -> Iterator[str]:
    """A line for everything that moved by more than noise, and for what fell silent or spoke up."""
    for channel in house.channels:
        old, new = before.get(channel.name), after.get(channel.name)
        if channel.unit not in NOTABLE or (old is None and new is None):
            continue
        if old is None or new is None:
            yield f"{channel.name} {'fell silent' if new is None else 'speaks now'}"
        elif abs(new - old) > NOTABLE[channel.unit]:
            yield f"{channel.name} {old:.1f} -> {new:.1f} {channel.unit}"


def _unseen(relay: Relay, before: dict[str, float], effects: tuple[str, ...], idle: str) -> Iterator[str]:
    """What should have moved and did not, as far as it is measured at all."""
    for channel in () if idle else EXPECTED.get(relay.key, ()):
        if channel in before and not any(line.startswith(f"{channel} ") for line in effects):
            yield f"expected {channel} to move, and it did not"


def _summary(steps: list[Step], terminal: Terminal) -> int:
    done = [step for step in steps if step.switched]
    stuck = [step.node for step in done if not step.followed]
    terminal.say(f"{len(done)} relay(s) switched, {len(steps) - len(done)} left alone.")
    if stuck:
        terminal.say(f"Did not follow: {', '.join(stuck)}. Look at the supply of the coils and the board.")
    return 1 if stuck else 0


# ------------------------------------------------------------------------------------------ the way back


def _restored(field: Field, found: dict[str, int], terminal: Terminal, code: int) -> int:
    """Put every relay where it was found and say whether it stands so; signals must be ignored here."""
    if field.outputs is None:
        return code
    field.outputs = dict(field.outputs) | found
    wrong: list[str] = []
    for _ in range(RESTORE_TRIES):
        field.tick()
        wrong = [node for node, coil in found.items() if not _stands(field, node, coil)]
        if not wrong:
            terminal.say("Every relay stands where it was found.")
            return code
    terminal.complain(
        f"NOT put back: {', '.join(wrong)}. Release every relay now: python hw/failsafe.py, and look at the "
        "board."
    )
    return code or 1
