"""What of a channel is captured, and that recording is bounded."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from layouts.settings import Report as ReportSettings
from proto.capture import MAX_SAMPLES, Tape
from proto.report import Recorder
from tests.wire.scenes import START_MS, Ids, Scene, now


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def recorder(scene: Scene) -> Recorder:
    return Recorder(scene.house, ReportSettings(), Ids())


def test_the_first_value_a_change_and_one_per_period_are_captured() -> None:
    tape = Tape(60, 5)
    taken = [
        tape.take(value, START_MS + at * 1000)
        for value, at in [(100, 1), (104, 2), (96, 3), (105, 4), (106, 59), (106, 60), (107, 119), (107, 121)]
    ]
    assert taken == [True, False, False, True, False, True, False, True]
    assert tape.values == [100, 105, 106, 107]


def test_a_channel_without_a_change_rule_is_captured_by_the_clock_alone() -> None:
    tape = Tape(60, None)
    assert [tape.take(v, START_MS + at) for v, at in [(1, 0), (900, 10), (5, 59_999), (7, 60_000)]] == [
        True, False, False, True,
    ]  # fmt: skip


def test_a_chattering_channel_is_thinned_counted_and_keeps_its_ends() -> None:
    tape = Tape(300, 1)
    for i in range(10_000):
        tape.take(i, START_MS + 30 * i)
    assert len(tape.values) <= MAX_SAMPLES
    assert tape.values[-1] == 9_999
    assert tape.thinned == 10_000 - len(tape.values)
    assert len(tape.values) == len(tape.times)
    assert tape.times == sorted(tape.times)


def test_a_sample_from_before_the_year_2000_is_not_captured() -> None:
    tape = Tape(60, 1)
    assert not tape.take(1, 0)
    assert not tape.take(1, 40_000_000_000_000)
    assert tape.cut() == ((), ())


def test_memory_does_not_grow_over_a_day_of_chatter(scene: Scene) -> None:
    recorder = Recorder(scene.house, replace(ReportSettings(), report_s=300), Ids())
    scene.all_at(0, now(0))
    sizes = []
    for second in range(0, 3_600, 2):
        at = now(second)
        recorder.record(*scene.tick(at, scene.hear(at, hp_lwt=second * 1000, hp_odu_pwr=second * 100)))
        recorder.power_watts(at)
        recorder.changes()
        if event := recorder.report_due(at):
            sizes.append(sum(len(r.value_list) for r in event.report.channel_reading_list))
    assert len(sizes) == 11
    assert set(sizes) == {300}
