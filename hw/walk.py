"""`hw walk`: every relay, one after the other: asked for, switched, read back, its effect measured, put back.

Whatever happens (no, Ctrl-C, a dropped SSH line, a board that fails, a second writer), the relays go back to
where they were found.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from hw.break_off import Interrupted, signals_break_off
from hw.field import Field
from hw.walk_effects import (
    CALLERS,
    GUARDED,
    MATES,
    NOTABLE,
    WARNINGS,
    changes,
    expected,
    leader_of,
    measured,
    unseen,
    watched_s,
)
from layouts.model import Relay
from layouts.names import METERED_HEAT_PUMP
from layouts.share import share_of
from layouts.terminal import Ended, Terminal

RESTORE_TRIES = 20
SETTLE_S = 3.0
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
        except (KeyboardInterrupt, Interrupted, Ended) as why:
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
    terminal.say("Power and flow show an effect at once; a temperature may also drift by itself.")
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
    seconds = watched_s(relay, hold_s)
    if why := _forbidden(field, relay, found, to):
        terminal.say(f"{relay.node} {relay.key}: left alone, because {why}.")
        return step
    what = f"{relay.node} {relay.key}: from {words[at]} to {words[to]} for {seconds:.0f} s."
    what = f"{what} {WARNINGS.get(relay.key, '')}".rstrip()
    if yes:
        terminal.say(what)
    elif not terminal.agrees(f"{what} Switch it?"):
        terminal.say("  left alone")
        return step
    leader, idle = _led(field, relay, found, terminal, yes, seconds)
    before = measured(field)
    moved = _moved(field)
    mates = [field.house.relay_by_key[key].node for key in MATES.get(relay.key, ()) if to == 1]
    _set(field, to, relay.node, *mates)
    step.switched = True
    step.followed = field.run(SETTLE_S, lambda: _stands(field, relay.node, to))
    terminal.say(f"  readback: {'followed' if step.followed else 'DID NOT FOLLOW'}")
    field.run(seconds)
    if _moved(field) != moved:
        raise Interrupted("somebody else moved relays of these boards, or a board lost its supply")
    effects = tuple(changes(field.house, before, measured(field)))
    missed = () if idle else unseen(expected(field.house, relay), before, effects)
    for line in (*(effects or (idle or "no effect on anything measured",)), *missed):
        terminal.say(f"  {line}")
    for node in (relay.node, *mates, *([leader] if leader else [])):  # the leader last
        _back(field, node, found[node])
    field.run(seconds if effects else 0.0)  # what it set going comes to rest before the next one is judged
    field.run(LOOK_S, lambda: set(before) <= set(measured(field)))
    return step


def _forbidden(field: Field, relay: Relay, found: dict[str, int], to: int) -> str:
    """Why this relay must not be switched now, or empty."""
    if relay.key in GUARDED and (why := running(field)):
        return f"{why}. {STOP_IT}"
    leader = leader_of(field.house, relay)
    if relay.key in CALLERS and leader and found[leader] == 1 and to == 0:
        return f"{leader} stands energised, so this would call the heat pump"
    return ""


def _led(
    field: Field, relay: Relay, found: dict[str, int], terminal: Terminal, yes: bool, seconds: float
) -> tuple[str, str]:
    """(the leader that was switched so that the relay counts, or ""; why it moves nothing, or "").

    The heat pump's call is not led: its effect is a compressor that starts, and a walk starts none.
    """
    leader = leader_of(field.house, relay)
    if not leader or found[leader] == 1:
        return "", ""
    kind = field.house.relay_by_node[leader].kind
    idle = f"nothing moves by it while {leader} stands at {kind.rest_state}: only its readback is judged"
    if relay.key in CALLERS:
        return "", f"{idle}; with {leader} switched it would start the compressor, which a walk never does"
    what = f"  It moves something only while {leader} stands at {kind.active_state}, not at {kind.rest_state}"
    if yes:
        terminal.say(f"{what}: {leader} is switched too.")
    elif not terminal.agrees(f"{what}. Switch {leader} too, as long as it is measured?"):
        return "", idle
    _set(field, 1, leader)
    if not field.run(SETTLE_S, lambda: _stands(field, leader, 1)):
        terminal.say(f"  {leader} DID NOT FOLLOW and is put back")
        _back(field, leader, 0)
        return "", idle
    field.run(seconds)  # what the leader itself changes comes to rest
    return leader, ""


def _set(field: Field, coil: int, *nodes: str) -> None:
    field.outputs = dict(field.outputs or {}) | dict.fromkeys(nodes, coil)


def _back(field: Field, node: str, coil: int) -> None:
    _set(field, coil, node)
    field.run(SETTLE_S, lambda: _stands(field, node, coil))


def _stands(field: Field, node: str, coil: int) -> bool:
    back = field.readbacks.get(node)
    return back is not None and back.value == coil


def _moved(field: Field) -> int:
    return sum(board.changed_alone for board in field.rig.relays.boards)


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
