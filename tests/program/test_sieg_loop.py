"""The house `maple`: its valve keeps a start's cold water out of the buffer, two computers measure as one."""

from __future__ import annotations

from layouts.load import load_house
from layouts.settings import Settings
from tests.atn.season import Stage, stage

START_MS = 1_769_490_000_000
"""2026-01-27 00:00 in Maine."""


def on_stage(tick_ms: int = 1000) -> Stage:
    return stage(load_house("maple"), Settings(), START_MS, tick_ms)


def kept(made: Stage) -> float:
    return float(made.world.plant.kept)


def until(made: Stage, what: str, at_most_s: int = 4 * 3600) -> None:
    """Run until the loop is in a state."""
    for _ in range(at_most_s):
        made.run(1, 1000)
        if made.program.state.sieg.state == what:
            return
    raise AssertionError(f"the loop never came to {what}; it is in {made.program.state.sieg}")


def test_a_start_keeps_its_water_until_it_is_worth_sending() -> None:
    made = on_stage()
    plant = made.world.plant
    until(made, "HpStartingUp")
    top_c, begun = plant.buffer.temps[0], made.clock.now().mono_ms
    until(made, "HpHasLift")
    assert 30 < (made.clock.now().mono_ms - begun) / 1000 < 900
    assert plant.heat_pump.lwt_c > top_c
    assert top_c - plant.buffer.temps[0] < 1.0, "nothing cold was stirred in"
    made.run(110, 1000)
    assert kept(made) == 0.0
    assert 14 in made.world.relays.contacts, "the motor rests at its end"


def test_off_keeps_so_that_the_primary_pump_stirs_nothing() -> None:
    made = on_stage()
    until(made, "HpHasLift")
    until(made, "HpOff")
    made.run(130, 1000)
    assert kept(made) == 1.0
    assert {14}.issubset(made.world.relays.contacts)


def test_who_bosses_the_valve_and_the_call_is_told_on_the_wire() -> None:
    made = on_stage()
    until(made, "HpHasLift")
    overview = made.program.last[1].overview
    assert {node: overview.tree[node] for node in ("relay5", "relay6", "relay14", "relay15")} == {
        "relay5": "auto.lc.n",
        "relay6": "auto.lc.n.hp-boss",
        "relay14": "auto.lc.n.sieg-loop",
        "relay15": "auto.lc.n.sieg-loop",
    }
    assert overview.machines["auto.lc.n.hp-boss"] == ("gw1.hp.boss.state", "HpOn")
    assert overview.machines["auto.pico-cycler"] == ("pico.cycler.state", "PicosLive")


def test_both_computers_readings_reach_the_decision() -> None:
    made = on_stage()
    made.run(300, 1000)
    image = made.program.last[0]
    raw = set(made.house.channel_by_name)
    absent = {name for name in raw if name not in image.readings}
    assert absent == set(), absent
    assert not made.program.state.faults or all(
        track.active_mono_ms is None for track in made.program.state.faults.values()
    )


def test_a_day_is_warm_and_the_compressor_does_not_suffer() -> None:
    made = on_stage(10_000)
    made.run(86_400, 10_000)
    score = made.world.score
    assert score is not None
    figures = score.figures()
    assert figures.discomfort_kh == 0.0
    assert figures.starts <= 8
    assert abs(figures.energy_closure) < 1e-9
    assert not made.world.plant.heat_pump.tripped
