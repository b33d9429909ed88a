"""Back-off, counters and words of a device; the latest readings as an immutable picture."""

from __future__ import annotations

import pytest

from hw.device import GRACE_MS, MAX_BACKOFF_MS, Device, next_due_ms
from hw.latest import FRESH_BOUND, Latest
from states.image import Now, Reading
from tests.hw.fakes import WALL_MS, at


def test_the_wait_doubles_from_two_seconds_to_the_limit() -> None:
    device = Device("meter")
    waits, ms = [], 0
    for _ in range(10):
        device.bad(at(ms), "silent")
        waits.append(device.status.backoff_until_mono_ms - ms)
        ms = device.status.backoff_until_mono_ms
        assert not device.waiting(at(ms))
        assert device.waiting(at(ms - 1))
    assert waits == [2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]
    assert waits[-1] == MAX_BACKOFF_MS


def test_an_answer_ends_the_wait_and_the_next_failure_begins_small_again() -> None:
    device = Device("meter")
    device.bad(at(0), "silent")
    device.bad(at(2000), "silent")
    device.good()
    assert not device.waiting(at(2001))
    device.bad(at(3000), "silent")
    assert device.status.backoff_until_mono_ms == 5000
    assert device.errors == 3


def test_a_network_device_waits_by_real_time_and_shows_house_time() -> None:
    device = Device("meter", network=True)
    device.bad(Now(WALL_MS, 60_000, 1000), "silent")
    assert device.waiting(Now(WALL_MS, 200_000, 2999))
    assert not device.waiting(Now(WALL_MS, 200_000, 3000))
    assert device.status.backoff_until_mono_ms == 62_000


def test_it_is_newly_lost_once_after_the_grace() -> None:
    device = Device("adc")
    assert not device.newly_lost(at(10_000))
    device.bad(at(10_000), "silent")
    assert not device.newly_lost(at(10_000 + GRACE_MS - 1))
    assert device.newly_lost(at(10_000 + GRACE_MS))
    assert not device.newly_lost(at(60_000))
    device.good()
    device.bad(at(70_000), "silent")
    assert device.newly_lost(at(70_000 + GRACE_MS))


def test_a_way_that_is_down_is_counted_once_per_reason() -> None:
    device = Device("meter")
    for ms in range(0, 1000, 100):
        device.down(at(ms), "connecting")
    device.down(at(1000), "refused")
    assert device.errors == 2
    assert device.newly_lost(at(GRACE_MS))


def test_the_status_is_one_object_until_something_changes() -> None:
    device = Device("adc")
    device.good()
    first = device.status
    device.good()
    assert device.status is first
    device.good("odd serial number")
    assert device.status is not first
    assert (device.status.ok, device.status.words) == (True, "odd serial number")


def test_words_are_bounded() -> None:
    device = Device("adc")
    device.complain("x" * 10_000)
    assert len(device.status.words) == 200


@pytest.mark.parametrize(
    ("due", "mono", "expected"), [(0, 0, 1000), (0, 999, 1000), (0, 1000, 2000), (5000, 123_456, 124_456)]
)
def test_missed_slots_are_skipped_never_made_up_for(due: int, mono: int, expected: int) -> None:
    assert next_due_ms(due, 1000, mono) == expected


# ------------------------------------------------------------------------------------ latest readings


def test_the_picture_is_immutable_and_the_same_until_something_changes() -> None:
    latest = Latest()
    latest.value("a", 1, at(0))
    picture = latest.readings()
    assert latest.readings() is picture
    latest.value("b", 2, at(1))
    assert "b" not in picture
    assert sorted(latest.readings()) == ["a", "b"]
    with pytest.raises(TypeError):
        picture["a"] = Reading(2, 0, 0)  # type: ignore[index]


def test_an_older_sample_is_a_sample_but_never_the_latest() -> None:
    latest = Latest()
    latest.value("a", 2, at(1000))
    latest.put("a", Reading(1, 500, 500))
    assert latest.readings()["a"].value == 2
    assert [reading.value for _, reading in latest.take_fresh()] == [2, 1]


def test_nothing_is_said_once_and_is_no_sample() -> None:
    latest = Latest()
    latest.value("a", 1, at(0))
    latest.take_fresh()
    latest.none("a", "failed", at(100))
    first = latest.readings()["a"]
    latest.none("a", "failed", at(200))
    assert latest.readings()["a"] is first
    assert (first.value, first.quality, first.mono_ms) == (None, "failed", 100)
    assert latest.take_fresh() == ()
    latest.none("a", "open", at(300))
    assert latest.readings()["a"].quality == "open"


def test_fresh_samples_are_handed_out_once_and_bounded() -> None:
    latest = Latest()
    for ms in range(FRESH_BOUND + 5):
        latest.value("a", ms, at(ms))
    assert len(latest.take_fresh()) == FRESH_BOUND
    assert latest.dropped == 5
    assert latest.take_fresh() == ()
