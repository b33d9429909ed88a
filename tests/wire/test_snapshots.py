"""Power on change and snapshots: what is told between reports, and what is left out."""

from __future__ import annotations

import pytest

from layouts.settings import Report as ReportSettings
from proto.report import Recorder
from proto.wire import encode
from states.image import FAILED, Now, Readback, Reading
from tests.wire.scenes import START_MS, Ids, Scene, good, now


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def recorder(scene: Scene) -> Recorder:
    return Recorder(scene.house, ReportSettings(), Ids())


# --------------------------------------------------------------------------------------------- power


def _power(recorder: Recorder, scene: Scene, at: Now, **watts: int) -> int | None:
    recorder.record(*scene.tick(at, scene.hear(at, **watts)))
    message = recorder.power_watts(at)
    return None if message is None else message.watts


def test_power_is_told_when_known_and_when_it_moves_by_2_percent_of_the_nameplates(
    scene: Scene, recorder: Recorder
) -> None:
    assert _power(recorder, scene, now(0), hp_odu_pwr=100) is None, "half of the meter is not the power"
    assert _power(recorder, scene, now(1), hp_idu_pwr=50) == 150
    assert _power(recorder, scene, now(2), hp_odu_pwr=300) is None, "200 W of 10 kW is not above 2 %"
    assert _power(recorder, scene, now(3), hp_odu_pwr=301) == 351
    assert _power(recorder, scene, now(4), store_pump_pwr=5_000) is None, "not metered for the grid"
    assert _power(recorder, scene, now(5), hp_odu_pwr=100) == 150
    assert recorder.power_watts(now(6)) is None


def test_power_with_a_silent_part_is_unknown_and_not_told(scene: Scene, recorder: Recorder) -> None:
    assert _power(recorder, scene, now(0), hp_odu_pwr=100, hp_idu_pwr=50) == 150
    assert _power(recorder, scene, now(100), hp_odu_pwr=5_000) is None
    assert _power(recorder, scene, now(101), hp_idu_pwr=60) == 5_060


def test_who_comes_late_is_told_the_power_once_more(scene: Scene, recorder: Recorder) -> None:
    assert _power(recorder, scene, now(0), hp_odu_pwr=100, hp_idu_pwr=50) == 150
    recorder.say_power_again()
    again = recorder.power_watts(now(1))
    assert again is not None
    assert again.watts == 150
    assert recorder.power_watts(now(2)) is None


# ----------------------------------------------------------------------------------------- snapshots


def test_a_snapshot_leaves_out_what_is_unknown_or_too_old(scene: Scene, recorder: Recorder) -> None:
    scene.hear(now(0), hp_lwt=40_000, hp_ewt=30_000, buffer_depth1_device=50_000)
    scene.readings["hp-ewt"] = Reading(None, now(1).mono_ms, START_MS, FAILED)
    lost = Reading(None, 0, START_MS, FAILED)
    scene.derived = {"buffer-depth1": good(12_200, now(0)), "usable-energy": lost}
    recorder.record(*scene.tick(now(20)))
    snapshot = recorder.snapshot(now(20))
    encode("a.scada", "ltn", snapshot)
    assert {r.channel_name: r.value for r in snapshot.latest_reading_list} == {
        "hp-lwt": 40_000, "buffer-depth1-device": 50_000, "buffer-depth1": 12_200,
    }  # fmt: skip
    later = {r.channel_name for r in recorder.snapshot(now(31)).latest_reading_list}
    assert later == {"buffer-depth1-device", "buffer-depth1"}, "30 s is the limit of the pipe board"
    assert recorder.snapshot(now(151)).latest_reading_list == ()


def test_a_snapshot_shows_actuators_as_their_boards_do_now(scene: Scene, recorder: Recorder) -> None:
    scene.hear(now(0), hp_scada_ops_relay6=0)
    scene.all_at(0, now(0))
    recorder.record(*scene.tick(now(0)))
    scene.readbacks["relay6"] = Readback(1, 1, now(5).mono_ms)
    recorder.record(*scene.tick(now(5)))
    found = {r.channel_name: r for r in recorder.snapshot(now(5)).latest_reading_list}
    assert found["hp-scada-ops-relay6"].value == 1
    assert found["hp-scada-ops-relay6"].scada_read_time_unix_ms == START_MS + 5_000
    assert found["dist-010v"].value == 0


def test_snapshots_come_on_the_half_minute_and_at_once_when_something_moved(
    scene: Scene, recorder: Recorder
) -> None:
    scene.all_at(0, now(0))
    recorder.record(*scene.tick(now(0)))
    assert recorder.snapshot_due(now(0)) is not None
    assert recorder.snapshot_due(now(29.9)) is None
    assert recorder.snapshot_due(now(30.1)) is not None
    assert recorder.snapshot_due(now(31)) is None
    scene.readbacks["relay6"] = Readback(1, 1, now(33).mono_ms)
    recorder.record(*scene.tick(now(33)))
    assert recorder.snapshot_due(now(33)) is not None, "the ATN hears of a relay at once"
    scene.readbacks["relay6"] = Readback(0, 0, now(33.1).mono_ms)
    recorder.record(*scene.tick(now(33.1)))
    assert recorder.snapshot_due(now(33.1)) is None, "but not ten times a second"
    assert recorder.snapshot_due(now(34)) is not None
    assert recorder.snapshot_due(now(59)) is None
    assert recorder.snapshot_due(now(60)) is not None


def test_a_snapshot_tells_which_rule_moved_a_machine(scene: Scene, recorder: Recorder) -> None:
    recorder.record(*scene.tick(now(0)))
    scene.go("HomeAlone.Normal.HpOffStoreOff", "OnPeakStart")
    recorder.record(*scene.tick(now(60)))
    found = {s.machine_handle: s for s in recorder.snapshot(now(61)).latest_state_list}
    assert found["auto.lc.n"].state == "HpOffStoreOff"
    assert found["auto.lc.n"].cause == "OnPeakStart"
    assert found["auto.lc.n"].unix_ms == START_MS + 60_000
    assert found["ltn.la"].unix_ms == START_MS
