"""What the governor sees and remembers: the board, the compressor, heat; observed, never wished."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from states.governor_gate import HP_OFF, HP_ON, Gate
from states.image import Outputs, Readbacks

SECOND_MS = 1000
HOUR_MS = 3600 * SECOND_MS
DAY_MS = 24 * HOUR_MS
PURGE_MS = 120 * SECOND_MS
FLOW_MS = 60 * SECOND_MS
LWT_HOLD_MS = 5 * SECOND_MS
COOL_BY_C = 3.0
"""A trip lasts until the water is this much below its limit."""
CHANGES_PER_DAY = 198
"""Of 200: the last two are kept for the way to rest."""
UNSEEN_MS = 600 * SECOND_MS
"""So long heat is remembered that nobody sees any more: absent is neither hot nor cold."""
MIN_FLOW_GPM = 0.5
MIN_LIFT_C = 1.0


Call = tuple[int | None, int | None]
"""Relays 5 and 6 as the board shows them."""


class Exempt(Struct, frozen=True):
    """What the decision tells the gate beside its wish."""

    hand_back: bool = False
    """Fault: everything to rest at once."""
    emergency: bool = False
    """Freeze or comfort guard: no start delay, no least run time."""
    grid_back: bool = False
    """The grid has just returned."""


class Seen(Struct, frozen=True, kw_only=True):
    """What the gate looks at, in °C, °F, gpm and W; None is unknown, neither hot nor cold."""

    mono_ms: int
    readbacks: Readbacks
    start_delay_ms: int
    """A fresh random draw; the one of the first tick counts."""
    lwt_c: float | None = None
    ewt_c: float | None = None
    hottest_water_c: float | None = None
    coldest_water_c: float | None = None
    oat_c: float | None = None
    coldest_room_f: float | None = None
    primary_gpm: float | None = None
    hp_w: float | None = None
    exempt: Exempt = Exempt()


class Shown(Struct, frozen=True):
    """A relay as its board shows it, and since which reading; None: the board does not answer."""

    value: int | None
    since_ms: int
    known: int | None
    """What it showed last. Found there again after a silence, and told so all along, it has not moved."""
    moved_ms: int


class Compressor(Struct, frozen=True, kw_only=True):
    """Whether the compressor runs: by the board while we command it, by its power on the aquastat."""

    running: bool
    unsure: bool
    """On the aquastat (or just born) without a power reading: it may have stopped, it may still run."""
    started_ms: int
    stopped_ms: int
    """When this began: it stopped, was lost from sight, or was found again. Process start is a stop."""
    starts: tuple[int, ...]
    first_start: bool
    start_delay_ms: int
    flow_due_ms: int
    """Without flow by then the heat pump goes off."""
    flow_ms: int
    """Water was last seen moving then."""
    purge_until_ms: int


class Heat(Struct, frozen=True):
    """Over-temperature in progress."""

    lwt_since_ms: int | None
    """Since when no reading said otherwise."""
    lwt_tripped: bool
    """Lasts until the leaving water is well below its limit."""
    water_hot: bool
    """Lasts until all water is."""
    seen_ms: int
    """When the leaving water was last seen."""
    water_seen_ms: int
    """When the tanks were."""


class Life(Struct, frozen=True, kw_only=True):
    """Everything since the process started; made by the first call, all times mono ms."""

    mono_ms: int
    evaluated: bool
    """A complete wish has been seen."""
    compressor: Compressor
    heat: Heat
    held: dict[str, int]
    """What went out last, or what the board did by itself since."""
    shown: dict[str, Shown]
    changes: dict[str, tuple[int, ...]]
    """Our changes of each relay within a day."""
    missing: dict[str, int]
    """Actuators nobody asserts now, and when somebody last did."""
    starting_ms: int | None = None
    """A start was told in the last tick and has not been seen yet."""


class GovernorMemory(Struct, frozen=True):
    """What the governor carries from tick to tick; `GovernorMemory()` is a program just started."""

    past_starts: tuple[int, ...] = ()
    """Compressor starts of earlier processes, mono ms of this one."""
    past_changes: dict[str, tuple[int, ...]] = {}
    """Their changes of each relay within a day."""
    life: Life | None = None


def asserted(gate: Gate, wish: Outputs) -> dict[str, int]:
    """The part of the wish that names an actuator of the house and a value it can take; True is not 1."""
    return {n: v for n, v in wish.items() if type(v) is int and v in gate.legal.get(n, ())}


def observe(gate: Gate, seen: Seen, memory: GovernorMemory, said: Outputs) -> Life:
    """Bring the memory up to this tick: board, compressor, heat, and who fell silent."""
    life = memory.life or _born(gate, seen, memory)
    shown, held = _board(gate, seen, life)
    call = shown[gate.heat[0]].value, shown[gate.heat[1]].value
    missing = {n: life.missing.get(n, life.mono_ms) for n in gate.legal if n not in said}
    return replace(
        life,
        mono_ms=seen.mono_ms,
        evaluated=life.evaluated or not missing,
        compressor=_compressor(gate, seen, life.compressor, call),
        heat=_heat(gate, seen, life.heat),
        held=held,
        shown=shown,
        missing=missing,
    )


def position(shown: dict[str, Shown], held: Outputs, node: str) -> int:
    """Where a relay is: as its board shows it, else as last commanded."""
    value = shown[node].value
    return held[node] if value is None else value


def _born(gate: Gate, seen: Seen, memory: GovernorMemory) -> Life:
    now = seen.mono_ms
    return Life(
        mono_ms=now,
        evaluated=False,
        compressor=_stopped_now(gate, seen, memory.past_starts),
        heat=Heat(None, False, False, now, now),
        held=dict(gate.rest),
        shown={node: Shown(None, now, None, now) for node in gate.relays},
        changes=memory.past_changes,
        missing={},
    )


def _stopped_now(gate: Gate, seen: Seen, starts: tuple[int, ...]) -> Compressor:
    now = seen.mono_ms
    return Compressor(
        running=False,
        unsure=True,
        started_ms=now,
        stopped_ms=now,
        starts=starts,
        first_start=True,
        start_delay_ms=min(gate.start_delay_max_ms, seen.start_delay_ms),
        flow_due_ms=now,
        flow_ms=now,
        purge_until_ms=now + PURGE_MS,
    )


def _board(gate: Gate, seen: Seen, life: Life) -> tuple[dict[str, Shown], dict[str, int]]:
    """(what the boards show, what is held): a relay that moved without us is held where it went.

    A write that did not take (the board still shows the old position) leaves `held`, to be said again.
    No answer, and one that no relay can give, is silence.
    """
    shown: dict[str, Shown] = {}
    for node, was in life.shown.items():
        back = seen.readbacks.get(node)
        if back is None or type(back.value) is not int or back.value not in gate.legal[node]:
            shown[node] = replace(was, value=None)
        elif back.value != was.value:
            moved_ms = was.moved_ms if back.value == was.known == life.held[node] else back.mono_ms
            shown[node] = Shown(back.value, back.mono_ms, back.value, moved_ms)
    went = {node: now.value for node, now in shown.items() if now.value is not None}
    return life.shown | shown, {**life.held, **went}


def _compressor(gate: Gate, seen: Seen, was: Compressor, call: Call) -> Compressor:
    if seen.exempt.grid_back:
        return _stopped_now(gate, seen, was.starts)
    now, power = seen.mono_ms, seen.hp_w
    running, unsure = _belief(gate, power, was, call)
    started = running and (not was.running or (was.unsure and call == HP_ON))
    started_ms = now if started else was.started_ms
    due = now + gate.pump_delay_ms + FLOW_MS if started else was.flow_due_ms
    moving = _moving(seen)
    flow_ms = now if moving else was.flow_ms
    idle = power is not None and power < gate.idle_w and flow_ms >= started_ms
    warm = running or unsure or None in call or (power is not None and power > gate.idle_w)
    return Compressor(
        running=running,
        unsure=unsure,
        started_ms=started_ms,
        stopped_ms=was.stopped_ms if (running, unsure) == (was.running, was.unsure) else now,
        starts=(*(t for t in was.starts if now - t < HOUR_MS), now) if started else was.starts,
        first_start=was.first_start and not (running and None not in call),
        start_delay_ms=was.start_delay_ms,
        flow_due_ms=max(due, now + FLOW_MS) if moving or idle else due,
        flow_ms=flow_ms,
        purge_until_ms=now + PURGE_MS if warm else was.purge_until_ms,
    )


def _belief(gate: Gate, power_w: float | None, was: Compressor, call: Call) -> tuple[bool, bool]:
    """(running, unsure) of the compressor: by the board, else (aquastat, silence) by its power.

    What was told to a relay that is silent proves nothing.
    """
    if call in (HP_ON, HP_OFF):
        return call == HP_ON, False
    if power_w is None:
        return was.running, True
    if power_w > gate.running_w:
        return True, False
    if power_w < gate.idle_w:
        return False, False
    return was.running, was.unsure


def _moving(seen: Seen) -> bool:
    """Water moves through the heat pump: by its flow meter, or by lift where the meter is silent."""
    if seen.primary_gpm is not None:
        return seen.primary_gpm >= MIN_FLOW_GPM
    return seen.lwt_c is not None and seen.ewt_c is not None and abs(seen.lwt_c - seen.ewt_c) >= MIN_LIFT_C


def _heat(gate: Gate, seen: Seen, was: Heat) -> Heat:
    """Over-temperature: what was hot stays so until seen cool, and when its sensor died, for ten minutes."""
    since, tripped, hot = was.lwt_since_ms, was.lwt_tripped, was.water_hot
    now, lwt_c = seen.mono_ms, seen.lwt_c
    seen_ms = was.seen_ms if lwt_c is None else now
    water_seen_ms = was.water_seen_ms if seen.hottest_water_c is None else now
    if lwt_c is not None:
        over = lwt_c > gate.lwt_max_c
        since = (now if since is None else since) if over else None
        held = since is not None and now - since >= LWT_HOLD_MS
        tripped = held or (tripped and lwt_c > gate.lwt_max_c - COOL_BY_C)
    elif now - seen_ms >= UNSEEN_MS:
        since, tripped = None, False
    warm = any(_above(seen, gate.water_max_c - COOL_BY_C))
    unseen = seen.hottest_water_c is None and now - water_seen_ms < UNSEEN_MS
    return Heat(since, tripped, too_hot(gate, seen) or (hot and (warm or unseen)), seen_ms, water_seen_ms)


def too_hot(gate: Gate, seen: Seen) -> bool:
    """Some water is above its limit now."""
    return any(_above(seen, gate.water_max_c))


def _above(seen: Seen, limit_c: float) -> list[bool]:
    return [c > limit_c for c in (seen.lwt_c, seen.hottest_water_c) if c is not None]
