"""Hand-overs: contract, person, fault, guards. After every tick the outputs are the new state's posture."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from states.image import (
    Contract,
    Decision,
    HeardAdmin,
    HeardAnalog,
    HeardHeartbeat,
    HeardLocalSwitch,
    HeardParams,
    HeardRelease,
    Heartbeat,
    HouseParams,
    SayGlitch,
    SayHeartbeat,
    SayParams,
)
from tests.states.bench import ZONE, Bench

LINK = "gridworks_mqtt"
ID = "11111111-1111-4111-8111-111111111111"
HOUR_S = int(datetime(2026, 1, 27, 13, tzinfo=ZONE).timestamp())
A = "AtnControlled."


def created(
    bench: Bench, watts: int = 9000, *, status: str = "Created", link: str = LINK, **more: Any
) -> HeardHeartbeat:
    start = bench.now.wall_ms // 1000 // 3600 * 3600
    contract = Contract(bench.house.scada.alias, start, 60, watts, False, ID)
    beat = Heartbeat(
        from_node="ltn",
        contract=replace(contract, **more),
        status=status,
        previous_status=None,
        created_ms=bench.now.wall_ms,
        my_digit=4,
    )
    return HeardHeartbeat(link, bench.house.ltn.alias, beat)


def settled(house: str = "orange", at: int = HOUR_S - 1500) -> Bench:
    """A house that has been running long enough for a compressor start to be allowed."""
    bench = Bench(house, wall_s=at).leap(1502 if at == HOUR_S - 1500 else 1000)
    assert bench.path.startswith("HomeAlone.Normal.")
    return bench


def statuses(decision: Decision) -> list[str]:
    return [s.heartbeat.status for s in decision.say if isinstance(s, SayHeartbeat)]


def posture_is_out(bench: Bench) -> bool:
    """What the board holds is the posture of the state, apart from what the governor makes wait."""
    assert bench.decision is not None
    wish = bench.decision.wish
    return all(bench.board[n] == v for n, v in wish.items() if n not in ("relay5", "relay6"))


def test_an_offer_is_in_charge_in_the_same_tick_with_tree_posture_and_answer() -> None:
    bench = settled().tank("buffer", 90, 85, 80)
    decision = bench.tick(created(bench))
    assert bench.path == A + "HpOnStoreOff"
    assert statuses(decision) == ["Received"]
    assert set(decision.overview.tree.values()) == {"ltn.la", "auto.pico-cycler"}
    assert posture_is_out(bench)
    assert (bench.board["relay5"], bench.board["relay6"]) == (1, 0), (
        "the compressor is called in the same tick"
    )


def test_a_zero_watt_contract_runs_the_house_from_the_store() -> None:
    bench = settled().tank("buffer", 90, 85, 80)
    bench.tick(created(bench, 0))
    assert bench.path == A + "HpOffStoreDischarge"
    assert bench.board["relay9"] == 1
    bench.leap(70)
    bench.tank("buffer", 120, 110, 106).leap(2)
    assert bench.path == A + "HpOffStoreOff"


def test_used_up_energy_stops_the_compressor_but_not_in_the_last_five_minutes() -> None:
    bench = settled().tank("buffer", 90, 85, 80).set(hp_odu_pwr=5400, hp_idu_pwr=3600, primary_flow=5.5)
    bench.tick(created(bench, 3000))
    beat_every_minute(bench, 19)
    assert bench.path == A + "HpOnStoreOff", "3000 Wh at 9 kW last 20 min"
    beat_every_minute(bench, 2)
    assert bench.path == A + "HpOffStoreDischarge" or bench.path == A + "HpOffStoreOff"
    late = settled().tank("buffer", 90, 85, 80).set(hp_odu_pwr=5400, hp_idu_pwr=3600, primary_flow=5.5)
    late.tick(created(late, 8400))
    beat_every_minute(late, 57)
    assert late.path == A + "HpOnStoreOff", "8400 Wh end at 56 min: too late to be worth a stop"


def beat_every_minute(bench: Bench, minutes: int, watts_of: HeardHeartbeat | None = None) -> None:
    held = bench.state.contract.contract
    assert held is not None
    for _ in range(minutes):
        bench.leap(59)
        bench.now = bench.now.__class__(bench.now.wall_ms + 1000, bench.now.mono_ms + 1000, 0)
        beat = created(bench, status="Active")
        bench.tick(HeardHeartbeat(LINK, beat.sender, replace(beat.heartbeat, contract=held)))


def test_the_atn_falls_silent_for_150_s_and_the_house_goes_on_alone() -> None:
    bench = settled().tank("buffer", 90, 85, 80)
    bench.tick(created(bench))
    bench.leap(149)
    assert bench.path.startswith("AtnControlled")
    bench.leap(2)
    assert bench.path == "HomeAlone.Normal.HpOnStoreOff", "off-peak with an empty buffer it heats on"
    assert (bench.board["relay5"], bench.board["relay6"]) == (1, 0), (
        "the hand-over does not touch the compressor"
    )


def test_return_needs_a_heartbeat_made_after_the_loss() -> None:
    bench = settled()
    old = created(bench)
    bench.tick(old)
    bench.leap(155)
    assert bench.path.startswith("HomeAlone")
    bench.tick(old)
    assert bench.path.startswith("HomeAlone"), "a retained or repeated old message proves nothing"
    bench.leap(5)
    bench.tick(created(bench, status="Active"))
    assert bench.path.startswith("AtnControlled")


def test_no_successor_returns_the_house_five_minutes_after_the_end() -> None:
    bench = settled().tank("buffer", 120, 110, 106)
    bench.tick(created(bench, 0))
    beat_every_minute(bench, 59)
    bench.leap(64)
    end_s = HOUR_S + 3600
    assert bench.now.wall_ms // 1000 > end_s
    assert bench.path.startswith("AtnControlled"), "silence between contracts is normal"
    bench.leap(end_s + 299 - bench.now.wall_ms // 1000)
    assert bench.path.startswith("AtnControlled")
    bench.leap(3)
    assert bench.path.startswith("HomeAlone")


def test_comfort_at_risk_leaves_the_contract_with_the_cause_in_words() -> None:
    bench = settled().tank("buffer", 90, 85, 80).store(85.0)
    bench.tick(created(bench, 0))
    bench.set(zone1_main_temp=66.5)
    bench.leap(130)
    beat_every_minute(bench, 2)
    assert bench.path.startswith("AtnControlled"), "not for a moment's chill"
    for _ in range(3):
        beat_every_minute(bench, 1)
        if not bench.path.startswith("AtnControlled"):
            break
    assert bench.path.startswith("HomeAlone")
    ended = bench.state.contract.ended[-1].heartbeat
    assert ended.status == "TerminatedByScada"
    assert ended.cause == "zone1-main is 1.5 °F below its setpoint"


def test_a_hot_buffer_is_no_reason_to_leave_even_if_a_room_is_cool() -> None:
    bench = settled()
    bench.tick(created(bench, 0))
    bench.set(zone1_main_temp=66.5)
    beat_every_minute(bench, 10)
    assert bench.path.startswith("AtnControlled")


def test_lost_power_meter_ends_the_contract_and_refuses_the_next() -> None:
    bench = settled()
    bench.tick(created(bench))
    bench.set(hp_odu_pwr=None)
    bench.leap(130)
    assert bench.path.startswith("HomeAlone")
    refusal = bench.tick(created(bench, contract_id="22222222-2222-4222-8222-222222222222"))
    assert statuses(refusal) == ["TerminatedByScada"]


def test_a_person_outranks_a_live_contract_and_gives_it_back() -> None:
    bench = settled()
    bench.tick(created(bench, 0))
    decision = bench.tick(HeardAdmin("admin", "admin", "relay9", 1, 300))
    assert bench.path == "Dormant.Admin"
    assert bench.board["relay9"] == 1
    assert set(decision.overview.tree.values()) == {"admin"}
    answered = bench.tick(created(bench, 0, status="Active"))
    assert statuses(answered) == ["Active"], "the contract goes on being answered"
    bench.tick(HeardRelease("admin", "admin"))
    assert bench.path.startswith("AtnControlled")
    assert [line.split()[1] for line in bench.log if line.startswith("transition")][-3:-1] == [
        "AdminEnds",
        "ContractLive",
    ]


def test_offers_while_a_person_holds_the_house_are_answered_with_the_reason() -> None:
    bench = settled()
    bench.tick(HeardAdmin("admin", "admin", None, 0, 300))
    decision = bench.tick(created(bench))
    (answer,) = [s.heartbeat for s in decision.say if isinstance(s, SayHeartbeat)]
    assert answer.cause == "Refused: a person holds the house"


def test_a_forgotten_lease_runs_out_by_itself() -> None:
    bench = settled()
    bench.tick(HeardAdmin("admin", "admin", "relay18", 1, 120))
    bench.leap(119)
    assert bench.path == "Dormant.Admin"
    bench.leap(2)
    assert bench.path.startswith("HomeAlone")
    assert bench.board["relay18"] == 0, "what the person left is taken back in order"


def test_admin_keeps_every_actuator_where_it_was() -> None:
    bench = settled().tank("buffer", 90, 85, 80)
    bench.leap(65)
    before = dict(bench.board)
    assert (before["relay5"], before["relay6"]) == (1, 0)
    bench.tick(HeardAdmin("admin", "admin", None, 0, 60))
    assert bench.board == before


@pytest.mark.parametrize(
    "heard",
    [
        HeardAdmin(LINK, "d1.isone.ct.newhaven.orange1", "relay9", 1, 60),
        HeardRelease(LINK, "d1.isone.ct.newhaven.orange1"),
        HeardAnalog(LINK, "d1.isone.ct.newhaven.orange1", "dist-010v", 90, "auto"),
        HeardParams("admin", "admin", "x", HouseParams()),
    ],
    ids=["admin over the cloud", "release over the cloud", "analog without a contract", "params from admin"],
)
def test_a_command_from_anyone_but_the_boss_changes_nothing_and_is_reported(heard: Any) -> None:
    bench = settled()
    before, board = bench.state, dict(bench.board)
    decision = bench.tick(heard)
    assert any(isinstance(s, SayGlitch) for s in decision.say)
    assert bench.board == board
    for field in ("path", "admin", "contract", "params", "analog", "notes"):
        assert getattr(bench.state, field) == getattr(before, field), field


def test_a_contract_over_the_admin_link_is_no_contract() -> None:
    bench = settled()
    bench.tick(created(bench, link="admin"))
    assert bench.state.contract.contract is None


def test_the_atn_in_charge_may_set_an_output_and_it_is_forgotten_after() -> None:
    bench = settled()
    bench.tick(created(bench, 0))
    bench.tick(HeardAnalog(LINK, "x", "dist-010v", 33, "auto"))
    assert bench.board["dist-010v"] == 33
    bench.leap(151)
    assert bench.path.startswith("HomeAlone")
    assert bench.board["dist-010v"] == 20


def test_parameters_are_taken_within_bounds_echoed_and_used_at_once() -> None:
    bench = settled()
    new = replace(bench.state.params, alpha=6.0, max_ewt_f=180.0)
    decision = bench.tick(HeardParams(LINK, "atn", "m", new))
    (echo,) = [s for s in decision.say if isinstance(s, SayParams)]
    assert echo.new.alpha == 6.0
    assert echo.new.max_ewt_f == 170.0, "the site's ceiling stands"
    forecast = bench.state.figures.forecast
    assert forecast is not None
    assert forecast.load_kw[0] == pytest.approx(6.0 - 0.092 * 20, abs=0.01)
    before = bench.state.params
    bench.tick(HeardParams(LINK, "atn", "m", replace(new, beta=0.5)))
    assert bench.state.params == before


def test_the_local_switch_takes_control_from_anyone() -> None:
    bench = settled()
    bench.tick(created(bench, 0))
    bench.tick(HeardLocalSwitch(True))
    assert bench.path.startswith("HomeAlone")
    bench.tick(HeardAdmin("admin", "admin", "relay9", 1, 60))
    assert bench.path.startswith("HomeAlone")
    refused = bench.tick(created(bench, contract_id="22222222-2222-4222-8222-222222222222"))
    assert statuses(refused) == ["TerminatedByScada"]
    bench.tick(HeardLocalSwitch(False))
    accepted = bench.tick(created(bench, contract_id="33333333-3333-4333-8333-333333333333"))
    assert statuses(accepted) == ["Received"]


def test_a_dead_relay_board_hands_the_house_back_and_takes_it_again_when_it_answers() -> None:
    bench = settled()
    bench.deaf = set(bench.house.actuators[:12])
    bench.leap(8)
    assert bench.path == "Fault.HandedBack"
    assert all(v == 0 for n, v in bench.commanded.items() if n.startswith("relay"))
    assert set(bench.decision.overview.tree.values()) <= {"auto.lc.scada-blind", "auto.pico-cycler"}  # type: ignore[union-attr]
    bench.deaf = set()
    bench.leap(15)
    assert bench.path.startswith("HomeAlone.Normal.")


def test_a_heat_pump_called_twice_in_vain_is_handed_to_the_aquastat_and_tried_again() -> None:
    bench = settled().tank("buffer", 90, 85, 80).set(primary_flow=5.5)
    bench.leap(60 + 730)
    assert bench.decision is not None
    assert "drew no power" in bench.decision.overview.waiting
    bench.leap(600 + 730 + 900, step_s=5)
    assert bench.path == "Fault.HandedBack"
    assert bench.state.why.words == "The heat pump was called twice and drew no power"
    bench.leap(3700, step_s=10)
    assert bench.path.startswith("HomeAlone.Normal.")


def test_freezing_water_is_circulated_and_heated_within_a_tick_whoever_is_in_charge() -> None:
    bench = settled()
    bench.tick(HeardAdmin("admin", "admin", "relay6", 1, 3000))
    bench.set(hp_ewt=39.0)
    decision = bench.tick()
    assert bench.path == "Dormant.Admin"
    assert decision.overview.tree["relay6"] == "auto.freeze-guard"
    assert (bench.board["relay5"], bench.board["relay6"]) == (1, 0)
    assert (bench.board["relay11"], bench.board["relay12"]) == (1, 1)
    assert (bench.board["relay17"], bench.board["relay18"]) == (1, 1)
    bench.set(hp_ewt=44.0).leap(5)
    assert bench.state.guards.freeze, "until 44.6 °F"
    bench.set(hp_ewt=45.0).leap(5)
    assert not bench.state.guards.freeze


def test_a_room_below_the_floor_gets_every_heat_source_and_the_contract_ends() -> None:
    bench = settled("beech")
    zone = bench.house.zones[0].node
    bench.tick(created(bench, 0))
    bench.values[f"{zone}-temp"] = 54.0
    bench.leap(2)
    assert bench.path.startswith("HomeAlone")
    bench.leap(3)
    assert (bench.board["relay5"], bench.board["relay6"], bench.board["relay8"]) == (1, 0, 0)
    assert bench.decision is not None
    assert bench.decision.overview.tree["relay8"] == "auto.comfort-guard"


def test_no_contract_before_the_clock_is_set_but_the_house_heats() -> None:
    bench = settled().tank("buffer", 90, 85, 80)
    bench.now = bench.now.__class__(bench.now.wall_ms, bench.now.mono_ms, 0, False)
    refused = bench.tick(created(bench))
    assert statuses(refused) == ["TerminatedByScada"]
    bench.leap(3)
    assert bench.path == "HomeAlone.Normal.HpOnStoreOff"


def test_the_same_tape_of_images_gives_the_same_decisions() -> None:
    def run() -> list[str]:
        bench = Bench(wall_s=HOUR_S - 1500).leap(400)
        bench.tick(created(bench))
        bench.tank("buffer", 90, 85, 80).leap(300)
        return [repr(bench.decision), *bench.log]

    assert run() == run()


@pytest.mark.parametrize("step_s", [0.1, 1.0, 10.0])
def test_the_same_day_part_at_any_tick(step_s: float) -> None:
    """Hand-over and lapse come at the same second, give or take a tick."""
    bench = Bench(wall_s=HOUR_S - 1500).leap(1500, step_s=10).tank("buffer", 90, 85, 80)
    bench.tick(created(bench))
    start = bench.now.mono_ms
    while bench.path.startswith("AtnControlled"):
        bench.leap(step_s, step_s)
    assert 150_000 <= bench.now.mono_ms - start <= 150_000 + step_s * 1000
