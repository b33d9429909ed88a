"""The rules of the last gate, in one table: each looks at a tick in progress and may refuse."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from layouts.effects import REST
from states.governor_gate import AQUASTAT, CHARGE, HP_OFF, HP_ON, PUMP_OFF, PUMP_ON
from states.governor_memory import CHANGES_PER_DAY, DAY_MS, HOUR_MS, SECOND_MS, too_hot
from states.governor_step import SPACING_MS, Step

LEASE_MS = 3 * SECOND_MS
METER_WAIT_MS = 30 * SECOND_MS
VALVE_TRAVEL_MS = 30 * SECOND_MS
START_FAILED_MS = 720 * SECOND_MS
START_FAILED_W = 200.0
COLD_ROOM_F = 59.0
COLD_WATER_C = 7.0
COLD_OUTDOORS_C = 4.0
BITTER_OUTDOORS_C = -20.0


def _spacing(step: Step) -> None:
    for pair in step.gate.pairs:
        if any(_restless(step, node) for node in pair):
            step.hold(pair, "moved less than 2 s ago")


def _restless(step: Step, node: str) -> bool:
    return step.moves(node) and step.moved_lately(node)


def _wear(step: Step) -> None:
    worn = {node for node, at in step.life.changes.items() if _changed_enough(step, at)}
    words = f"moved {CHANGES_PER_DAY} times within a day"
    for family in step.gate.families:
        if not worn.isdisjoint(family):
            step.steer({node: step.gate.rest[node] for node in family}, words)


def _changed_enough(step: Step, at: tuple[int, ...]) -> bool:
    return len(at) >= CHANGES_PER_DAY and step.now - at[-CHANGES_PER_DAY] < DAY_MS


def _whole(step: Step) -> None:
    if step.heat not in (HP_ON, HP_OFF, AQUASTAT):
        step.steer(step.gate.heat_aquastat, "relay 6 means nothing while relay 5 rests")


def _lease(step: Step) -> None:
    lapsed = {node for node, last in step.life.missing.items() if step.now - last >= LEASE_MS}
    for family in step.gate.families:
        if not lapsed.isdisjoint(family):
            step.pull({n: step.gate.rest[n] for n in family}, "nobody asked for it for 3 s")


def _least_run(step: Step) -> None:
    compressor = step.life.compressor
    left = compressor.started_ms + step.gate.min_on_ms - step.now
    failed = _below(step.seen.hp_w, START_FAILED_W) and step.now - compressor.started_ms >= START_FAILED_MS
    if step.heat != HP_OFF or step.seen.exempt.emergency or failed:
        return
    if compressor.running and left > 0:
        step.hold(step.gate.heat, f"{_seconds(left)} s of the least run time are left")
    elif compressor.unsure and step.now < _told_by(step):
        step.hold(step.gate.heat, "the meter may still tell whether the aquastat runs the compressor")


def _told_by(step: Step) -> int:
    """Until when a compressor out of sight is spared: a start on record may go on under the aquastat."""
    compressor = step.life.compressor
    runs_until = (t + step.gate.min_on_ms for t in compressor.starts)
    return max((compressor.stopped_ms + METER_WAIT_MS, *runs_until))


def _rest_first(step: Step) -> None:
    left = step.life.compressor.stopped_ms + step.gate.min_off_ms - step.now
    if step.starting() and left > 0:
        step.hold(step.gate.heat, f"waiting {_seconds(left)} s: the compressor must rest")


def _starts(step: Step) -> None:
    recent = [t for t in step.life.compressor.starts if step.now - t < HOUR_MS]
    if step.starting() and len(recent) >= step.gate.starts_per_hour:
        left = recent[-step.gate.starts_per_hour] + HOUR_MS - step.now
        step.hold(step.gate.heat, f"waiting {_seconds(left)} s: {len(recent)} starts in the last hour")


def _first_start(step: Step) -> None:
    compressor, seen = step.life.compressor, step.seen
    left = compressor.stopped_ms + step.gate.min_off_ms + compressor.start_delay_ms - step.now
    cold = _below(seen.coldest_room_f, COLD_ROOM_F) or _below(seen.coldest_water_c, COLD_WATER_C)
    if step.starting() and compressor.first_start and left > 0 and not (cold or seen.exempt.emergency):
        step.hold(step.gate.heat, f"waiting {_seconds(left)} s before the first start")


def _grid_back(step: Step) -> None:
    if step.heat == HP_ON and step.seen.exempt.grid_back:
        step.give(step.gate.heat_off, "the grid has just returned")


def _flow(step: Step) -> None:
    compressor = step.life.compressor
    if step.heat == HP_ON and compressor.running and step.now >= compressor.flow_due_ms:
        step.give(step.gate.heat_off, "no water moves through the heat pump")


def _leaving_water(step: Step) -> None:
    words = f"the leaving water is above {step.gate.lwt_max_c:g} °C"
    over = step.life.heat.lwt_since_ms is not None
    if step.life.heat.lwt_tripped:
        (step.give if over else step.steer)(step.gate.heat_off, words)
    elif over and step.starting():
        step.hold(step.gate.heat, words)


def _both_sources(step: Step) -> None:
    burner, seen = step.gate.boiler, step.seen
    cold = _below(seen.coldest_room_f, step.gate.room_floor_f) or _below(seen.oat_c, BITTER_OUTDOORS_C)
    if step.heat != HP_ON or cold:
        return
    words = "heat pump and boiler together only in need"
    step.pull(burner, words)
    locked = all(step.out[node] == value for node, value in burner.items())
    if not locked and step.showing(step.gate.heat) != HP_ON:
        step.hold(step.gate.heat, words)


def _pump_first(step: Step) -> None:
    known = all(step.life.shown[n].value is not None for n in step.gate.heat + step.gate.primary)
    fresh = step.heat == HP_ON and step.showing(step.gate.heat) != HP_ON
    if fresh and (PUMP_OFF in (step.primary, step.showing(step.gate.primary)) or not known):
        step.hold(step.gate.heat, "no start without a primary pump whose relays answer")


def _hot_water(step: Step) -> None:
    words = f"water is above {step.gate.water_max_c:g} °C"
    if step.life.heat.water_hot:
        off = step.give if too_hot(step.gate, step.seen) else step.steer
        off(step.gate.heat_off, words)
        off(step.gate.boiler, words)


def _purge(step: Step) -> None:
    seen, nodes = step.seen, step.gate.primary
    purging = step.now < step.life.compressor.purge_until_ms
    freezing = _below(seen.oat_c, COLD_OUTDOORS_C) or _below(seen.coldest_water_c, COLD_WATER_C)
    wanted = purging or freezing or step.life.heat.water_hot
    words = "water must keep moving: heat pump on, just off, hot, or freezing outdoors"
    off = step.primary == PUMP_OFF and wanted
    coasting = purging and step.heat == HP_OFF and step.showing(nodes) == PUMP_ON
    if off and step.showing(nodes) == PUMP_OFF:
        step.pull(step.gate.primary_delegated, words)
    elif off or coasting:
        step.hold(nodes, words)


def _charge(step: Step) -> None:
    gate, pump = step.gate, step.life.shown[step.gate.store_pump]
    charging = step.shows[gate.valve] == CHARGE
    settled = step.now - pump.since_ms >= SPACING_MS and step.out[gate.store_pump] == REST
    if not (pump.value == REST and (charging or settled)):
        step.pull({gate.valve: REST}, "the store pump runs, or may run")


def _discharge(step: Step) -> None:
    gate, valve = step.gate, step.life.shown[step.gate.valve]
    settled = step.now - valve.since_ms >= VALVE_TRAVEL_MS
    if not (valve.value == step.out[gate.valve] == REST and settled):
        step.pull({gate.store_pump: REST}, "the store valve is not at discharge, or still moving")


def _evaluated(step: Step) -> None:
    if not step.life.evaluated:
        step.give(step.gate.rest, "no complete decision since start")


def _hand_back(step: Step) -> None:
    if step.seen.exempt.hand_back:
        step.give(step.gate.rest, "the house is handed back")


def _below(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def _seconds(ms: int) -> int:
    return -(-ms // SECOND_MS)


class Rule(Struct, frozen=True):
    """One refusal: its name, the invariant it keeps, what it does in words, how, and who hears of it.

    `tells`: how loud the ATN is told of a refusal that lasts a minute; empty where waiting is ordinary, or a
    row of the fault table tells.
    """

    name: str
    invariant: str
    words: str
    apply: Callable[[Step], None]
    tells: str = ""


RULES = (
    Rule("spacing", "I11", "no relay moves twice within 2 s; pairs move together", _spacing),
    Rule(
        "wear",
        "I11",
        "a relay that moved 198 times within a day rests; 5, 6 and boiler together",
        _wear,
        "Warning",
    ),
    Rule(
        "lease",
        "I14",
        "an output nobody asserts for 3 s rests; 5, 6 and the boiler together",
        _lease,
        "Warning",
    ),
    Rule("least run", "I02", "on stays on for its time, but for start failure or emergency", _least_run),
    Rule("first start", "I04", "a random delay after boot, unless room or water is too cold", _first_start),
    Rule("starts", "I03", "no more starts in an hour than allowed, restarts included", _starts, "Info"),
    Rule("rest first", "I01", "no start before the rest since the last stop or process start", _rest_first),
    Rule("grid back", "I04", "off when the grid returns", _grid_back),
    Rule("flow", "I08", "off without flow or lift 60 s after the pump should run", _flow),
    Rule(
        "leaving water", "I05", "off after 5 s over the trip until 3 K below; no start above", _leaving_water
    ),
    Rule(
        "both sources",
        "I10",
        "boiler locked out while the heat pump is called, but in need",
        _both_sources,
        "Info",
    ),
    Rule(
        "pump first",
        "I08",
        "no start with the primary pump off or seen off, or relays that do not answer",
        _pump_first,
        "Warning",
    ),
    Rule("whole pair", "I20", "relays 5 and 6 say on, off or aquastat, nothing between", _whole, "Info"),
    Rule("hot water", "I06", "any water over its limit: sources off at once, until 3 K below", _hot_water),
    Rule(
        "purge",
        "I09",
        "the primary pump does not stop for 120 s after heat or process start, nor in frost",
        _purge,
    ),
    Rule("charge", "I07", "no charging until the store pump has been seen off for 2 s", _charge, "Warning"),
    Rule(
        "discharge",
        "I07",
        "no store pump until the valve is seen at discharge for 30 s",
        _discharge,
        "Warning",
    ),
    Rule("evaluated", "I12", "nothing energised before the first complete decision", _evaluated),
    Rule("hand-back", "I26", "Fault: everything rests at once, whatever the timers say", _hand_back),
)
"""In rising rank."""
