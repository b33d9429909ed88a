"""A power cut in the middle of a slot: what the store had been given is reported by the next run, once."""

from __future__ import annotations

import random
from itertools import pairwise

import msgspec
import pytest

from layouts.settings import Report as ReportSettings
from proto.capture import MAX_SAMPLES
from proto.report import Recorder
from proto.store.memory import MemoryStore
from proto.unreported import EVERY_MS, Unreported, read
from proto.wire import encode
from proto.wire.readings import ReportEvent
from tests.wire.scenes import START_MS, Ids, Scene, now


def recorder_of(scene: Scene) -> Recorder:
    return Recorder(scene.house, ReportSettings(), Ids())


def keep(recorder: Recorder, store: MemoryStore, after_s: float) -> None:
    """As the program does at the end of a tick."""
    if chunk := recorder.unreported.due(now(after_s)):
        recorder.unreported.mark = store.put_samples(chunk, now(after_s).wall_ms)


def put(store: MemoryStore, event: ReportEvent, covers: int) -> None:
    body = encode("d1.oak.scada", "ltn", event)
    store.put_event(event.message_id, event.type_name, body, event.time_created_ms, covers=covers)


def values(event: ReportEvent | None) -> dict[str, list[tuple[int, int]]]:
    assert event is not None
    return {
        r.channel_name: list(zip(r.scada_read_time_unix_ms_list, r.value_list, strict=True))
        for r in event.report.channel_reading_list
    }


def test_a_run_that_ends_in_a_slot_loses_at_most_what_came_after_the_last_chunk() -> None:
    scene, store = Scene(), MemoryStore()
    recorder = recorder_of(scene)
    for second in range(100):
        recorder.record(*scene.tick(now(second), scene.hear(now(second), hp_lwt=40_000 + 500 * second)))
        keep(recorder, store, second)
    left = store.left()
    again = recorder_of(scene)
    event = again.recover(now(130), left.samples)
    found = values(event)["hp-lwt"]
    assert found == [(START_MS + 1000 * s, 40_000 + 500 * s) for s in range(91)]
    assert event is not None
    encode("d1.oak.scada", "ltn", event)
    report = event.report
    assert (report.slot_start_unix_s, report.slot_duration_s) == (START_MS // 1000, 300)
    assert (report.state_list, report.fsm_report_list) == ((), ())
    assert event.message_id == report.id


def test_what_a_report_carries_is_not_reported_again() -> None:
    scene, store = Scene(), MemoryStore()
    recorder = recorder_of(scene)
    for second in range(320):
        recorder.record(*scene.tick(now(second), scene.hear(now(second), hp_lwt=40_000 + 500 * second)))
        if event := recorder.report_due(now(second)):
            put(store, event, recorder.unreported.mark)
        keep(recorder, store, second)
    found = values(recorder_of(scene).recover(now(330), store.left().samples))["hp-lwt"]
    assert min(at for at, _ in found) >= START_MS + 300_000
    assert max(at for at, _ in found) >= START_MS + 310_000


def test_the_recovered_report_takes_the_samples_with_it() -> None:
    scene, store = Scene(), MemoryStore()
    recorder = recorder_of(scene)
    for second in range(30):
        recorder.record(*scene.tick(now(second), scene.hear(now(second), hp_lwt=40_000 + 500 * second)))
        keep(recorder, store, second)
    left = store.left()
    next_store = MemoryStore(left)
    event = recorder_of(scene).recover(now(60), left.samples)
    assert event is not None
    put(next_store, event, left.mark)
    assert next_store.left().samples == ()


def test_samples_of_two_slots_become_one_report_that_spans_both() -> None:
    scene = Scene()
    chunk = msgspec.msgpack.encode({"hp-lwt": ([START_MS + 299_000, START_MS + 301_000], [1, 2])})
    event = recorder_of(scene).recover(now(400), [chunk])
    assert event is not None
    assert (event.report.slot_start_unix_s, event.report.slot_duration_s) == (START_MS // 1000, 600)


def test_with_a_clock_that_is_not_set_the_report_is_as_young_as_its_newest_sample() -> None:
    chunk = msgspec.msgpack.encode({"hp-lwt": ([START_MS], [1])})
    event = recorder_of(Scene()).recover(now(-(START_MS / 1000) + 5), [chunk])
    assert event is not None
    assert event.time_created_ms == START_MS
    encode("d1.oak.scada", "ltn", event)


def test_nothing_left_is_no_report() -> None:
    assert recorder_of(Scene()).recover(now(0), []) is None


@pytest.mark.parametrize(
    "content",
    [
        {"no-such-channel": ([START_MS], [1])},
        {"hp-lwt": ([START_MS, START_MS], [1])},
        {"hp-lwt": ([-5], [1])},
        {"hp-lwt": ([START_MS], ["x"])},
        [],
        "text",
    ],
)
def test_a_chunk_that_makes_no_sense_is_passed_over(content: object) -> None:
    good = msgspec.msgpack.encode({"hp-lwt": ([START_MS + 5], [7])})
    chunks = [msgspec.msgpack.encode(content), random.Random(1).randbytes(40), good]
    event = recorder_of(Scene()).recover(now(60), chunks)
    assert values(event) == {"hp-lwt": [(START_MS + 5, 7)]}


def test_of_too_many_samples_the_newest_are_taken() -> None:
    times = list(range(START_MS, START_MS + 1000))
    chunk = msgspec.msgpack.encode({"hp-lwt": (times, list(range(1000)))})
    found = read([chunk], {"hp-lwt"})
    assert found["hp-lwt"][0] == times[-MAX_SAMPLES:]


def test_chunks_are_ten_seconds_of_real_time_apart() -> None:
    unreported, given = Unreported(), []
    for tick in range(0, 60_000, 100):
        unreported.note("hp-lwt", tick, START_MS + tick)
        at = now(tick / 1000)
        if unreported.due(at):
            given.append(at.net_ms)
    assert {b - a for a, b in pairwise(given)} == {EVERY_MS}
    assert len(given) == 6
