"""Clocks: house time and real time, acceleration, and whether the wall clock has been set."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hw.clock import BUILD_EPOCH_MS, SYNC_LOOK_MS, RealClock, VirtualClock, boot_id, system_clock_set

START_MS = 1_766_300_000_000


class Machine:
    """The machine's own clocks, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mono_ns = 5_000_000_000_123
        self.wall_ns = (BUILD_EPOCH_MS + 1000) * 1_000_000
        self.slept_s: list[float] = []
        monkeypatch.setattr(time, "monotonic_ns", lambda: self.mono_ns)
        monkeypatch.setattr(time, "time_ns", lambda: self.wall_ns)
        monkeypatch.setattr(time, "sleep", self.slept_s.append)

    def move(self, ms: float) -> None:
        self.mono_ns += int(ms * 1e6)
        self.wall_ns += int(ms * 1e6)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_at_speed_one_house_time_is_real_time(machine: Machine) -> None:
    now = RealClock(is_set=lambda: True).now()
    assert now.wall_ms == BUILD_EPOCH_MS + 1000
    assert now.mono_ms == now.net_ms == 5_000_000
    assert now.synced


def test_a_wall_step_moves_nothing_but_the_wall(machine: Machine) -> None:
    clock = RealClock(is_set=lambda: True)
    before = clock.now()
    machine.wall_ns += 3_600_000_000_000
    after = clock.now()
    assert (after.mono_ms, after.net_ms) == (before.mono_ms, before.net_ms)
    assert after.wall_ms == before.wall_ms + 3_600_000


def test_an_accelerated_house_runs_ahead_of_the_network(machine: Machine) -> None:
    clock = RealClock(60.0, START_MS)
    first = clock.now()
    assert first.wall_ms == START_MS
    machine.move(1000)
    later = clock.now()
    assert later.wall_ms - first.wall_ms == 60_000
    assert later.mono_ms - first.mono_ms == 60_000
    assert later.net_ms - first.net_ms == 1000
    assert later.synced


def test_an_accelerated_house_does_not_see_wall_steps_of_the_machine(machine: Machine) -> None:
    clock = RealClock(60.0)
    first = clock.now()
    machine.wall_ns = 0
    assert clock.now() == first


def test_a_start_at_speed_one_is_an_epoch_of_its_own(machine: Machine) -> None:
    clock = RealClock(start_wall_ms=START_MS)
    machine.move(250)
    assert clock.now().wall_ms == START_MS + 250


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_time_that_stands_or_runs_back_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="cannot run"):
        RealClock(speed)


def test_sleep_goes_to_the_given_moment_and_not_beyond(machine: Machine) -> None:
    clock = RealClock(60.0)
    clock.sleep_until(5_000_100)
    clock.sleep_until(4_000_000)
    assert machine.slept_s == [pytest.approx(0.1, abs=1e-5)]


def test_a_clock_from_before_this_program_is_not_set(machine: Machine) -> None:
    machine.wall_ns = 0
    assert not RealClock(is_set=lambda: True).now().synced


def test_the_clock_is_asked_every_few_seconds_until_it_is_set_and_then_believed(machine: Machine) -> None:
    answers = iter([False, False, True])
    clock = RealClock(is_set=lambda: next(answers))
    seen = []
    for _ in range(5):
        seen.append(clock.now().synced)
        assert clock.now().synced == seen[-1], "not asked again at once"
        machine.move(SYNC_LOOK_MS)
    assert seen == [False, False, True, True, True]


def test_timesyncd_says_it_with_a_mark(tmp_path: Path) -> None:
    folder = tmp_path / "timesync"
    folder.mkdir()
    assert not system_clock_set(folder, tmp_path / "none")
    (folder / "synchronized").touch()
    assert system_clock_set(folder, tmp_path / "none")


def test_where_nobody_sets_the_clock_it_is_believed(tmp_path: Path) -> None:
    assert system_clock_set(tmp_path / "none", tmp_path / "none")


def test_chrony_is_judged_by_the_kernels_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for flag in (True, False):
        monkeypatch.setattr("hw.clock._kernel_synchronised", lambda flag=flag: flag)
        assert system_clock_set(tmp_path / "none", tmp_path) is flag


def test_the_kernels_flag_is_the_one_adjtimex_reports() -> None:
    from hw.clock import _kernel_synchronised

    assert _kernel_synchronised() in (True, False)


def test_virtual_time_moves_only_when_told_and_all_together() -> None:
    clock = VirtualClock(START_MS)
    first = clock.now()
    assert clock.now() is first
    now = clock.advance(10_000)
    assert (now.wall_ms, now.mono_ms, now.net_ms) == (START_MS + 10_000, 10_000, 10_000)
    clock.sleep_until(12_500)
    clock.sleep_until(1)
    assert clock.now().net_ms == 12_500
    assert clock.step_wall(-3_600_000).mono_ms == 12_500
    assert clock.now().wall_ms == START_MS + 12_500 - 3_600_000


def test_virtual_time_does_not_run_backward() -> None:
    with pytest.raises(ValueError, match="backward"):
        VirtualClock(START_MS).advance(-1)


def test_the_boot_has_an_id() -> None:
    assert boot_id() == boot_id()
