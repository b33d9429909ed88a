"""Row tests of what survives a restart, of the compiled bounds, and of the printed table."""

from __future__ import annotations

from typing import Any

import msgspec

from layouts.settings import HeatPump, Limits
from states.image import Now
from tests.governor.drive import MIN, NEEDED_KEYS, OFF, ON, Drive, S, house, wish

HOUR = 60 * MIN

# ------------------------------------------------------------------------------------- over a restart


def _now(wall_ms: int, mono_ms: int, synced: bool = True) -> Now:
    return Now(wall_ms, mono_ms, 0, synced)


def row_starts_of_the_last_hour_are_kept_as_wall_time(g: Any) -> None:
    memory = g.GovernorMemory((1_000, 2_000))
    kept = g.keep(memory, _now(9_000_000, 3_000))
    assert kept == g.GovernorPast((8_998_000, 8_999_000), True)
    assert g.keep(memory, _now(9_000_000, 1_000 + HOUR)) == g.GovernorPast((9_000_000 - HOUR + 1_000,), True)
    assert not g.keep(memory, _now(9_000_000, 3_000, synced=False)).synced


def row_starts_of_this_life_are_kept(g: Any) -> None:
    d = Drive(g, memory=g.GovernorMemory((-1_000_000,)))
    start = d.run()
    kept = g.keep(d.memory, _now(50_000_000, d.now))
    assert kept.starts_wall_ms == (50_000_000 - (start + 1_000_000), 50_000_000)


def row_a_restart_places_starts_in_its_own_time(g: Any) -> None:
    past = g.GovernorPast((8_000_000, 9_000_000), True)
    assert g.restore(past, _now(9_500_000, 700)) == g.GovernorMemory((700 - 1_500_000, 700 - 500_000))


def row_starts_that_cannot_be_placed_count_as_now(g: Any) -> None:
    for then, now in ((True, False), (False, True), (False, False)):
        past = g.GovernorPast((8_000_000,), then)
        assert g.restore(past, _now(9_500_000, 700, now)) == g.GovernorMemory((700,))
    future = g.GovernorPast((9_500_001,), True)
    assert g.restore(future, _now(9_500_000, 700)) == g.GovernorMemory((700,))


def row_no_past_is_a_program_just_started(g: Any) -> None:
    assert g.restore(None, _now(1, 1)) == g.GovernorMemory()
    assert g.GovernorMemory().past_starts == ()
    assert g.GovernorMemory().life is None


def row_restarts_do_not_make_room_for_a_fifth_start(g: Any) -> None:
    past = g.GovernorPast((8_000_000, 8_100_000, 8_200_000, 8_300_000), True)
    memory = g.restore(past, _now(8_400_000, 0))
    d = Drive(g, memory=memory)
    d.settle()
    d.at(20 * MIN, wish(ON))
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I03"}


def row_the_whole_memory_goes_through_json(g: Any) -> None:
    d = Drive(g)
    d.run()
    d.tick({})
    text = msgspec.json.encode(d.memory)
    assert msgspec.json.decode(text, type=type(d.memory)) == d.memory


# -------------------------------------------------------------------------------------------- bounds


def row_a_site_can_only_be_stricter(g: Any) -> None:
    loose = Limits(0, 0, 99, 9_999, 200.0, 200.0, 99.0)
    gate = g.compile_gate(house(), loose, HeatPump(pump_delay_s=9_999, idle_w=700.0, running_w=100.0))
    assert (gate.min_on_ms, gate.min_off_ms, gate.starts_per_hour) == (600_000, 300_000, 4)
    assert (gate.start_delay_max_ms, gate.pump_delay_ms) == (300_000, 300_000)
    assert (gate.lwt_max_c, gate.water_max_c, gate.room_floor_f) == (90.0, 90.0, 59.0)
    assert (gate.idle_w, gate.running_w) == (700.0, 700.0)


def row_stricter_values_are_taken(g: Any) -> None:
    strict = Limits(601, 301, 1, 299, 63.0, 70.0, 50.0)
    gate = g.compile_gate(house(), strict, HeatPump(pump_delay_s=299, idle_w=300.0, running_w=1200.0))
    assert (gate.min_on_ms, gate.min_off_ms, gate.starts_per_hour) == (601_000, 301_000, 1)
    assert (gate.start_delay_max_ms, gate.pump_delay_ms) == (299_000, 299_000)
    assert (gate.lwt_max_c, gate.water_max_c, gate.room_floor_f) == (63.0, 70.0, 50.0)
    assert (gate.idle_w, gate.running_w) == (300.0, 1200.0)


def row_absurd_values_do_not_switch_the_house_off(g: Any) -> None:
    gate = g.compile_gate(
        house(), Limits(compressor_starts_per_hour=0, start_delay_max_s=-1), HeatPump(pump_delay_s=-1)
    )
    assert (gate.starts_per_hour, gate.start_delay_max_ms, gate.pump_delay_ms) == (1, 0, 0)


def row_pairs_are_heat_pump_primary_pump_and_each_zone(g: Any) -> None:
    gate = g.compile_gate(house(), Limits(), HeatPump())
    together = {pair for pair in gate.pairs if len(pair) > 1}
    assert together == {
        ("relay5", "relay6"),
        ("relay11", "relay12"),
        ("relay17", "relay18"),
        ("relay19", "relay20"),
    }
    assert sorted(node for pair in gate.pairs for node in pair) == sorted(gate.relays)


def row_a_family_is_released_together(g: Any) -> None:
    gate = g.compile_gate(house(), Limits(), HeatPump())
    assert ("relay5", "relay6", "relay8", "relay10") in gate.families
    everything = [node for family in gate.families for node in family]
    assert sorted(set(everything)) == sorted(gate.legal)
    assert everything.count("relay5") == everything.count("relay6") == 1


def row_without_a_boiler_relay_8_goes_its_own_way(g: Any) -> None:
    gate = g.compile_gate(house(boiler=False), Limits(), HeatPump())
    assert gate.boiler == {}
    assert ("relay5", "relay6") in gate.families
    assert ("relay8",) in gate.families


def row_a_house_may_lack_optional_relays_but_no_others(g: Any) -> None:
    gate = g.compile_gate(house(keys=NEEDED_KEYS, zones=1), Limits(), HeatPump())
    assert gate.boiler == {"relay8": 1}
    for key in NEEDED_KEYS[1:]:
        rest = tuple(k for k in NEEDED_KEYS if k != key)
        if key == "aquastat-ctrl":
            continue
        try:
            g.compile_gate(house(keys=rest), Limits(), HeatPump())
        except KeyError:
            continue
        raise AssertionError(f"a house without {key} was accepted")


# --------------------------------------------------------------------------------------------- prose


def row_the_table_prints_itself(g: Any) -> None:
    text = g.render_governor()
    lines = text.splitlines()
    assert lines[2].startswith("| 1 | spacing | I11 |")
    assert len([line for line in lines if line.count("|") == 5]) == len(g.RULES) + 2
    for rule in g.RULES:
        assert f"| {rule.name} | {rule.invariant} | {rule.words} |" in text
    for words in (
        "at least 600 s",
        "at least 300 s",
        "1 to 4",
        "0 to 300 s",
        "at most 90 °C",
        "at most 59 °F",
    ):
        assert words in text


def row_every_invariant_asked_of_the_gate_has_a_rule(g: Any) -> None:
    asked = {f"I{i:02d}" for i in range(1, 15) if i != 13} | {"I20", "I26"}
    assert {rule.invariant for rule in g.RULES} == asked


def row_time_counts_and_not_ticks(g: Any) -> None:
    """The same wishes over the same time give the same moments at any tick, to within a tick."""
    moments = {}
    for tick_ms in (100, 1_000, 10_000):
        d = Drive(g, start_ms=0)
        seen = []
        for ms in range(0, 830 * S, tick_ms):
            before = d.last and d.hp()
            d.at(ms, wish(ON))
            if before and d.hp() != before:
                seen.append(ms // 10_000)
        moments[tick_ms] = seen
    assert moments[100] == moments[1_000] == [81]
    assert moments[10_000] == [82]
