"""Row tests of the compiled bounds and of the printed table."""

from __future__ import annotations

from typing import Any

from layouts.settings import HeatPump, Limits
from tests.governor.drive import NEEDED_KEYS, ON, Drive, S, house, wish

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
    assert len([line for line in lines if line.count("|") == 6]) == len(g.RULES) + 2
    for rule in g.RULES:
        assert f"| {rule.name} | {rule.invariant} | {rule.words} | {rule.tells or '–'} |" in text
    for row in g.CONFLICTS:
        assert "| " + " | ".join(row) + " |" in text
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
