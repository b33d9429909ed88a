"""The recorder: what of a day is told, when, and that it always is legal."""

from __future__ import annotations

import json
from typing import Any

import gwsproto.named_types as theirs
import pytest

from layouts.settings import Report as ReportSettings
from proto.report import MAX_READY, Recorder
from proto.wire import encode
from proto.wire.readings import Report, ReportEvent
from states.image import FAILED, Now, Readback, Reading
from tests.wire.scenes import START_MS, Ids, Scene, good, now

ATN = "AtnControlled.HpOnStoreOff"


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def recorder(scene: Scene) -> Recorder:
    return Recorder(scene.house, ReportSettings(), Ids())


def _legal(event: ReportEvent | None) -> Report:
    assert event is not None
    encode("d1.oak.scada", "ltn", event)
    assert event.message_id == event.report.id
    return event.report


def _values(report: Report) -> dict[str, tuple[int, ...]]:
    return {r.channel_name: r.value_list for r in report.channel_reading_list}


def _states(report: Report) -> dict[str, tuple[str, ...]]:
    return {f"{s.machine_handle} {s.state_enum}": s.state_list for s in report.state_list}


# ------------------------------------------------------------------------------------------- reports


def test_a_report_of_a_slot_holds_what_was_captured(scene: Scene, recorder: Recorder) -> None:
    recorder.record(*scene.tick(now(0), scene.hear(now(0), oat=1, hp_lwt=40_000)))
    recorder.record(*scene.tick(now(10), scene.hear(now(10), hp_lwt=40_100)))
    recorder.record(*scene.tick(now(20), scene.hear(now(20), hp_lwt=40_600)))
    assert recorder.report_due(now(299)) is None
    report = _legal(recorder.report_due(now(300.05)))
    assert (report.slot_start_unix_s, report.slot_duration_s) == (START_MS // 1000, 300)
    assert report.message_created_ms == START_MS + 300_050
    assert _values(report) == {"hp-lwt": (40_000, 40_600)}
    assert recorder.counts.unknown_channels == 1, "orange has no outdoor thermistor"
    assert report.from_g_node_instance_id == scene.house.scada.id
    assert report.about_g_node_alias == scene.house.terminal_asset.alias
    assert recorder.report_due(now(300.1)) is None


def test_every_slot_begins_anew_but_knows_the_last_value(scene: Scene, recorder: Recorder) -> None:
    recorder.record(*scene.tick(now(0), scene.hear(now(0), hp_lwt=40_000)))
    _legal(recorder.report_due(now(300)))
    recorder.record(*scene.tick(now(310), scene.hear(now(310), hp_lwt=40_010)))
    report = _legal(recorder.report_due(now(600)))
    assert _values(report) == {"hp-lwt": (40_010,)}, "once per capture period"
    report = _legal(recorder.report_due(now(900)))
    assert _values(report) == {}


def test_computed_channels_are_captured_once_a_minute(scene: Scene, recorder: Recorder) -> None:
    for second in range(0, 300, 10):
        at = now(second)
        lost = Reading(None, at.mono_ms, 0, FAILED)
        scene.derived = {"usable-energy": good(1000 + second, at), "required-energy": lost}
        recorder.record(*scene.tick(at))
    report = _legal(recorder.report_due(now(300)))
    assert _values(report) == {"usable-energy": (1000, 1060, 1120, 1180, 1240)}


def test_a_computed_value_of_the_same_moment_is_not_repeated(scene: Scene, recorder: Recorder) -> None:
    scene.derived = {"buffer-depth1": good(12_000, now(0))}
    for second in range(0, 300, 20):
        recorder.record(*scene.tick(now(second)))
    assert _values(_legal(recorder.report_due(now(300)))) == {"buffer-depth1": (12_000,)}


def test_the_machines_are_reported_from_the_start_of_the_slot(scene: Scene, recorder: Recorder) -> None:
    scene.all_at(0, now(0))
    recorder.record(*scene.tick(now(0)))
    first = _states(_legal(recorder.report_due(now(300))))
    assert first["auto.lc.n gw1.local.control.all.tanks.state"] == ("HpOnStoreOff",)
    assert first["auto.lc.n.relay6 relay.closed.or.open"] == ("RelayClosed",)
    assert first["auto.pico-cycler.relay1 relay.closed.or.open"] == ("RelayClosed",)
    second = _legal(recorder.report_due(now(600)))
    assert _states(second) == first, "the state at the beginning of the slot is part of it"
    for states in second.state_list:
        assert states.unix_ms_list == (START_MS + 300_000,)


def test_a_relay_that_changed_hands_stands_last_under_its_boss(scene: Scene, recorder: Recorder) -> None:
    """An ATN takes the last entry with relay6 in its handle as the relay's state."""
    scene.all_at(0, now(0))
    recorder.record(*scene.tick(now(0)))
    for second, path in [(60, ATN), (120, "HomeAlone.Normal.HpOnStoreOff")]:
        scene.go(path)
        scene.all_at(second // 60 % 2, now(second))
        recorder.record(*scene.tick(now(second)))
    report = _legal(recorder.report_due(now(300)))
    relay6 = [s for s in report.state_list if "relay6" in s.machine_handle]
    assert [s.machine_handle for s in relay6] == ["ltn.la.relay6", "auto.lc.n.relay6"]
    assert relay6[-1].state_list == ("RelayClosed", "RelayClosed")
    assert relay6[0].state_list == ("RelayOpen",)


def test_a_relay_whose_board_is_silent_is_reported_nowhere(scene: Scene, recorder: Recorder) -> None:
    scene.all_at(0, now(0))
    recorder.record(*scene.tick(now(0)))
    _legal(recorder.report_due(now(300)))
    scene.readbacks["relay6"] = Readback(0, None, now(301).mono_ms)
    recorder.record(*scene.tick(now(301)))
    assert "relay6" not in str([s.machine_handle for s in recorder.snapshot(now(302)).latest_state_list])
    _legal(recorder.report_due(now(600)))
    report = _legal(recorder.report_due(now(900)))
    assert all(not handle.startswith("auto.lc.n.relay6") for handle in _states(report))


def test_a_moved_relay_is_told_with_everything_it_set_in_motion(scene: Scene, recorder: Recorder) -> None:
    scene.all_at(0, now(0))
    recorder.record(*scene.tick(now(0)))
    assert recorder.changes() == (), "what is found at the start has not moved"
    scene.readbacks["relay3"] = Readback(1, 1, now(10).mono_ms)
    scene.readbacks["dist-010v"] = Readback(40, 40, now(10).mono_ms)
    recorder.record(*scene.tick(now(10)))
    relay, output = recorder.changes()
    assert (relay.channel, relay.value, relay.boss) == ("charge-discharge-relay3", 1, "auto.lc.n")
    assert (output.channel, output.value, output.report) == ("dist-010v", 40, None)
    report = _legal(recorder.report_due(now(300)))
    (full,) = report.fsm_report_list
    event, pin, board = full.atomic_list
    assert (event.event, event.to_state) == ("ChargeStore", "ChargingStore")
    assert event.from_state == "DischargingStore"
    assert (pin.event, pin.from_state, pin.to_state) == ("Energize", "DeEnergized", "Energized")
    assert (board.machine_handle, board.action) == ("relay-multiplexer", 1)
    assert {a.trigger_id for a in full.atomic_list} == {full.trigger_id}
    assert event.machine_handle == "auto.lc.n.relay3"


def test_a_command_gives_the_move_its_id_and_is_answered_even_if_nothing_moves(
    scene: Scene, recorder: Recorder
) -> None:
    trigger = "11111111-1111-4111-8111-111111111112"
    scene.all_at(0, now(0))
    recorder.record(*scene.tick(now(0)))
    recorder.expect_move(now(0), "relay3", trigger)
    scene.readbacks["relay3"] = Readback(1, 1, now(0.1).mono_ms)
    recorder.record(*scene.tick(now(0.1)))
    (change,) = recorder.changes()
    assert change.report is not None
    assert change.report.trigger_id == trigger
    recorder.expect_move(now(1), "relay3", "11111111-1111-4111-8111-111111111113")
    recorder.record(*scene.tick(now(2)))
    assert recorder.changes() == ()
    recorder.record(*scene.tick(now(3)))
    (still,) = recorder.changes()
    assert (still.node, still.value, still.report) == ("relay3", 1, None)
    scene.readbacks["relay3"] = Readback(0, 0, now(60).mono_ms)
    recorder.record(*scene.tick(now(60)))
    (later,) = recorder.changes()
    assert later.report is not None
    assert later.report.trigger_id.startswith("00000000"), "an old command does not explain a later move"


def test_moves_without_end_are_bounded_and_counted(scene: Scene, recorder: Recorder) -> None:
    scene.all_at(0, now(0))
    for i in range(1_000):
        scene.readbacks["relay9"] = Readback(i % 2, i % 2, now(i / 10).mono_ms)
        recorder.record(*scene.tick(now(i / 10)))
    report = _legal(recorder.report_due(now(300)))
    assert len(report.fsm_report_list) == 200
    assert recorder.counts.moves_dropped > 700
    assert recorder.counts.states_dropped > 0
    assert max(len(s.state_list) for s in report.state_list) <= 300


def test_the_oracle_takes_a_snapshot_and_a_report(scene: Scene, recorder: Recorder) -> None:
    scene.all_at(0, now(0))
    recorder.record(*scene.tick(now(0), scene.hear(now(0), hp_lwt=1, hp_odu_pwr=2)))
    scene.all_at(1, now(9))
    recorder.record(*scene.tick(now(9)))
    pairs: list[tuple[Any, Any]] = [
        (recorder.snapshot(now(10)), theirs.SnapshotSpaceheat),
        (recorder.report_due(now(300)), theirs.ReportEvent),
    ]
    for message, model in pairs:
        said = json.loads(encode("a.scada", "ltn", message))["Payload"]
        assert json.loads(model.model_validate(said).model_dump_json()) == said


# ---------------------------------------------------------------------------------------- odd clocks


def test_a_clock_set_back_ends_the_slot_and_nothing_is_told_twice(scene: Scene, recorder: Recorder) -> None:
    scene.all_at(0, now(0))
    recorder.record(*scene.tick(now(100), scene.hear(now(100), hp_lwt=40_000)))
    assert recorder.snapshot_due(now(100)) is not None
    back = now(160, set_by_s=-3600)
    recorder.record(*scene.tick(back, scene.hear(back, hp_lwt=41_000)))
    assert recorder.snapshot_due(back) is not None, "the old time-table is void"
    first = _legal(recorder.report_due(back))
    assert (first.slot_start_unix_s, first.slot_duration_s) == (START_MS // 1000 + 100, 60)
    assert _values(first) == {"hp-lwt": (40_000,)}
    second = _legal(recorder.report_due(now(300, set_by_s=-3600)))
    assert (second.slot_start_unix_s, second.slot_duration_s) == (back.wall_ms // 1000, 140)
    assert _values(second) == {"hp-lwt": (41_000,)}
    for states in second.state_list:
        assert states.unix_ms_list[0] <= back.wall_ms
    assert recorder.counts.clock_set_back == 1
    snapshot = recorder.snapshot(now(301, set_by_s=-3600))
    assert all(s.unix_ms <= snapshot.snapshot_time_unix_ms for s in snapshot.latest_state_list)
    for reading in snapshot.latest_reading_list:
        assert reading.scada_read_time_unix_ms <= snapshot.snapshot_time_unix_ms


def test_before_the_clock_is_set_nothing_is_said(scene: Scene, recorder: Recorder) -> None:
    at = Now(1_000, 1_000, 1_000, synced=False)
    recorder.record(at, [("hp-lwt", Reading(1, 1_000, 1_000))], {}, scene.overview(), {})
    assert recorder.report_due(at) is None
    assert recorder.snapshot_due(at) is None
    recorder.record(*scene.tick(now(0)))
    _legal(recorder.report_due(now(300)))


def test_reports_nobody_fetches_are_bounded_and_counted(scene: Scene, recorder: Recorder) -> None:
    for i in range(10):
        at = now(10 * i, set_by_s=-3600 * i)
        recorder.record(*scene.tick(at))
    fetched = 0
    while recorder.report_due(now(90, set_by_s=-3600 * 9)):
        fetched += 1
    assert fetched == MAX_READY
    assert recorder.counts.reports_dropped == 9 - MAX_READY


def test_an_orderly_stop_reports_the_slot_so_far(scene: Scene, recorder: Recorder) -> None:
    assert recorder.flush(now(0)) is None
    recorder.record(*scene.tick(now(0), scene.hear(now(0), hp_lwt=40_000)))
    report = _legal(recorder.flush(now(77)))
    assert (report.slot_duration_s, _values(report)) == (77, {"hp-lwt": (40_000,)})
