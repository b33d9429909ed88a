"""Readings of the second computer: their age is their own, whatever its clock says."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hw.latest import Latest
from hw.rig import Rig
from hw.second import OLD_MS, SILENT_MS, WINDOW_MS, Second
from layouts.load import load_house
from layouts.settings import Settings
from states.image import Now
from tests.annex import annex

WALL_MS = 1_770_000_000_000


def now(mono_ms: int, wall_ms: int = 0) -> Now:
    return Now((wall_ms or WALL_MS) + mono_ms, 50_000 + mono_ms, mono_ms)


class Bench:
    """A second computer whose clock is `ahead_ms` of ours."""

    def __init__(self, ahead_ms: int = 0) -> None:
        self.latest = Latest()
        self.second = Second(self.latest)
        self.ahead_ms = ahead_ms
        self.value = 0

    def hear(self, at_ms: int, delay_ms: int = 0) -> int | None:
        """A message heard at `at_ms`, made `delay_ms` earlier; returns the age it is given, or None."""
        self.value += 1
        self.second.take(now(at_ms), [("hp-lwt", self.value)], WALL_MS + at_ms - delay_ms + self.ahead_ms)
        reading = self.latest.get("hp-lwt")
        return None if reading is None else now(at_ms).mono_ms - reading.mono_ms


@pytest.mark.parametrize("ahead_s", [0, 1, -1, 100, -100, 86_400, -86_400])
def test_a_delay_is_age_and_a_wrong_clock_is_not(ahead_s: int) -> None:
    bench = Bench(ahead_s * 1000)
    for second in range(0, 60_000, 1_000):
        age_ms = bench.hear(second, 20)
        assert age_ms is not None
        assert 0 <= age_ms <= 1_020
    late_ms = bench.hear(100_000, 40_000)
    assert late_ms is not None
    assert abs(late_ms - 40_000) <= 1_020


def test_a_burst_after_a_stall_is_as_old_as_it_is_however_long() -> None:
    """Hundreds of late messages must not pass for a clock that is wrong."""
    bench = Bench()
    for at_ms in range(0, 10_000, 100):
        bench.hear(at_ms)
    for made_ms in range(10_000, 70_000, 100):
        bench.second.take(now(70_000), [("hp-lwt", made_ms)], WALL_MS + made_ms)
        reading = bench.latest.get("hp-lwt")
        assert reading is not None
        assert reading.mono_ms == now(made_ms).mono_ms
        assert reading.wall_ms == WALL_MS + made_ms


def test_what_is_too_old_for_anybody_is_dropped_and_counted() -> None:
    bench = Bench()
    bench.hear(0)
    bench.second.take(now(OLD_MS + 1), [("hp-lwt", 7), ("hp-ewt", 7)], WALL_MS)
    assert bench.second.too_old == 0, "nothing better was heard for ten minutes: its clock may have been set"
    bench.hear(OLD_MS + 2)
    bench.second.take(now(OLD_MS + 3), [("hp-lwt", 7), ("hp-ewt", 7)], WALL_MS)
    assert bench.second.too_old == 2


def test_a_clock_set_back_is_understood_after_the_window_and_one_set_forward_at_once() -> None:
    bench = Bench()
    for at_ms in range(0, 10_000, 1_000):
        bench.hear(at_ms)
    bench.ahead_ms = 3_600_000
    assert bench.hear(11_000) == 0
    bench.ahead_ms = 0
    before = bench.second.too_old
    for at_ms in range(12_000, 12_000 + WINDOW_MS - 2_000, 1_000):
        bench.hear(at_ms)
    assert bench.second.too_old > before
    assert bench.hear(12_000 + WINDOW_MS) == 0


def test_our_own_clock_set_makes_nothing_old() -> None:
    bench = Bench()
    bench.hear(0)
    at = now(1_000, WALL_MS + 7_200_000)
    bench.second.take(at, [("hp-lwt", 9)], WALL_MS + 1_000)
    reading = bench.latest.get("hp-lwt")
    assert reading is not None
    assert (reading.value, reading.mono_ms) == (9, at.mono_ms)


def test_an_older_message_never_replaces_a_newer_one_but_is_a_sample_for_the_report() -> None:
    bench = Bench()
    bench.hear(5_000)
    bench.latest.take_fresh()
    bench.hear(6_000, 3_000)
    reading = bench.latest.get("hp-lwt")
    assert reading is not None
    assert reading.value == 1
    assert [r.value for _, r in bench.latest.take_fresh()] == [2]


def test_its_health_is_told() -> None:
    bench = Bench()
    assert not bench.second.device.status.ok
    bench.hear(0)
    assert (bench.second.device.status.ok, bench.second.device.status.words) == (True, "")
    bench.second.tend(now(SILENT_MS))
    assert bench.second.device.status.ok
    bench.second.tend(now(SILENT_MS + 1))
    assert bench.second.device.status.words == "silent for more than 60 s"
    late = Bench(-45_000)
    late.hear(0)
    assert late.second.device.status.words == "its clock is 45 s behind ours"


# --------------------------------------------------------------------------------------------- the rig


class Nothing:
    """A bus or stream that must not be touched."""

    spent_us = 0

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


def test_a_rig_touches_only_what_hangs_on_its_computer() -> None:
    house = annex(("power-meter", "analog-temp", "hubitat", "buffer", "tank1", "tank2", "tank3",
                   "primary-flow", "store-flow", "dist-flow"))  # fmt: skip
    role = replace(Settings().site, role="secondary")
    second = Rig(house, replace(Settings(), site=role), Nothing(), Nothing())
    assert set(second.devices()) >= {"power-meter", "buffer", "dist-flow", "hubitat"}
    assert second.readbacks(now(0)) == {}
    assert second.write({}, now(0)) == {}, "no relay board is written"
    primary = Rig(house, Settings(), Nothing(), Nothing())
    assert set(primary.devices()) == {
        "relay board 0x20", "relay board 0x21", "0-10 V board 0x5e", "0-10 V board 0x5f", "second computer",
    }  # fmt: skip
    for at_ms in range(0, 5_000, 100):
        primary.read(now(at_ms))
    primary.hear_second(now(5_000), [("hp-odu-pwr", 4_000)], WALL_MS + 5_000)
    read = primary.read(now(5_100))
    assert read.readings["hp-odu-pwr"].value == 4_000
    assert [name for name, _ in read.fresh] == ["hp-odu-pwr"]


def test_without_a_second_computer_nobody_is_believed_to_be_one() -> None:
    rig = Rig(load_house("orange"), Settings(), Nothing(), Nothing())
    rig.hear_second(now(0), [("hp-odu-pwr", 4_000)], WALL_MS)
    assert rig.second is None
    assert "hp-odu-pwr" not in rig._latest.readings()
