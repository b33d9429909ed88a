"""The computer's own health: files kept open, one look a tick, a sentence for what is not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw.computer import GAUGES, Health, LinuxGauges
from hw.twin.computer import WELL, TwinGauges
from states.image import Computer, Now
from tests.hw.fakes import WALL_MS, at


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A computer as Raspberry Pi OS shows it."""
    thermal = tmp_path / "sys/class/thermal/thermal_zone0"
    thermal.mkdir(parents=True)
    (thermal / "temp").write_text("51121\n")
    for number, name in enumerate(("cpu_thermal", "rpi_volt")):
        monitor = tmp_path / f"sys/class/hwmon/hwmon{number}"
        monitor.mkdir(parents=True)
        (monitor / "name").write_text(f"{name}\n")
        (monitor / "in0_lcrit_alarm").write_text("0\n")
    (tmp_path / "timesync").mkdir()
    (tmp_path / "timesync/synchronized").touch()
    seen_s = WALL_MS / 1000 - 5400
    os.utime(tmp_path / "timesync/synchronized", (seen_s, seen_s))
    (tmp_path / "store").mkdir()
    return tmp_path


@pytest.fixture
def gauges(tree: Path) -> Iterator[LinuxGauges]:
    found = LinuxGauges(str(tree / "store"), str(tree / "sys"), tree / "timesync")
    yield found
    found.close()


def test_the_figures_of_a_computer(tree: Path, gauges: LinuxGauges) -> None:
    assert gauges.read("cpu_c", at(0)) == 51.121
    assert gauges.read("under_voltage", at(0)) == 0
    assert gauges.read("clock_age_h", at(0)) == pytest.approx(1.5)
    used = shutil.disk_usage(tree)
    percent = 100 * used.used / (used.used + used.free)
    assert gauges.read("disk_used", at(0)) == pytest.approx(percent, abs=1)


def test_files_stay_open_and_are_read_anew(tree: Path, gauges: LinuxGauges) -> None:
    assert gauges.read("under_voltage", at(0)) == 0
    gauges.read("cpu_c", at(0))
    gauges.read("disk_used", at(0))
    before = len(os.listdir("/proc/self/fd"))
    (tree / "sys/class/hwmon/hwmon1/in0_lcrit_alarm").write_text("1\n")
    (tree / "sys/class/thermal/thermal_zone0/temp").write_text("-1500\n")
    for _ in range(50):
        assert gauges.read("under_voltage", at(0)) == 1
        assert gauges.read("cpu_c", at(0)) == -1.5
        gauges.read("disk_used", at(0))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_that_can_no_longer_be_reached_still_tells_how_full_its_disk_is(
    tree: Path, gauges: LinuxGauges
) -> None:
    before = gauges.read("disk_used", at(0))
    shutil.rmtree(tree / "store")
    assert gauges.read("disk_used", at(0)) == pytest.approx(before, abs=1)


@pytest.mark.parametrize(
    ("gauge", "spoil", "words"),
    [
        ("cpu_c", "sys/class/thermal", "The temperature of this computer cannot be read: .*No such file"),
        ("under_voltage", "sys/class/hwmon/hwmon1", "The supply .* nothing here watches it"),
        ("under_voltage", "sys/class/hwmon", "The supply of this computer cannot be read: .*No such file"),
        ("disk_used", "store", "The disk of this computer cannot be read: .*No such file"),
        ("clock_age_h", "timesync", "The clock of this computer cannot be read: .*No such file"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    tree: Path, gauges: LinuxGauges, gauge: str, spoil: str, words: str
) -> None:
    shutil.rmtree(tree / spoil)
    with pytest.raises(OSError, match=words):
        gauges.read(gauge, at(0))


def test_a_file_of_nonsense_is_a_sentence_and_is_opened_anew(tree: Path, gauges: LinuxGauges) -> None:
    file = tree / "sys/class/thermal/thermal_zone0/temp"
    for nonsense in ("", "warm", "1e999999x"):
        file.write_text(nonsense)
        with pytest.raises(OSError, match="temperature of this computer"):
            gauges.read("cpu_c", at(0))
    file.unlink()
    file.write_text("40000\n")
    assert gauges.read("cpu_c", at(0)) == 40.0


def test_a_clock_set_in_the_future_has_no_negative_age(gauges: LinuxGauges) -> None:
    assert gauges.read("clock_age_h", Now(WALL_MS - 10**9, 0, 0)) == 0.0


# ------------------------------------------------------------------------------------------ in rotation


class Watched(TwinGauges):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, str]] = []

    def read(self, gauge: str, now: Now) -> float:
        self.asked.append((now.mono_ms, gauge))
        return super().read(gauge, now)


def test_one_look_a_tick_each_in_its_own_time() -> None:
    gauges = Watched()
    health = Health(gauges)
    for ms in range(0, 600_000, 100):
        health.step(at(ms))
    ticks = [ms for ms, _ in gauges.asked]
    assert len(ticks) == len(set(ticks)) == health.looks
    counts = {gauge: sum(1 for _, asked in gauges.asked if asked == gauge) for gauge in GAUGES}
    assert counts == {gauge: 600_000 // period_ms for gauge, (_, period_ms) in GAUGES.items()}
    assert health.computer == Computer(**WELL)
    assert health.computer is health.computer


def test_what_fails_is_unknown_after_a_while_asked_more_and_more_seldom_and_does_not_hold_up_the_rest() -> (
    None
):
    gauges = Watched()
    health = Health(gauges)
    for ms in range(0, 60_000, 100):
        health.step(at(ms))
    del gauges.values["under_voltage"]
    for ms in range(60_000, 70_000, 100):
        health.step(at(ms))
    assert health.computer == Computer(**{**WELL, "under_voltage": None})
    assert health.devices["under_voltage"].status.words == "The simulated gauge under_voltage cannot be read."
    gauges.asked.clear()
    for ms in range(70_000, 3_670_000, 100):
        health.step(at(ms))
    assert 10 < sum(gauge == "under_voltage" for _, gauge in gauges.asked) < 25
    assert sum(gauge == "cpu_c" for _, gauge in gauges.asked) == 360
    gauges.values["under_voltage"] = 1.0
    for ms in range(3_670_000, 3_980_000, 100):
        health.step(at(ms))
    assert health.computer.under_voltage == 1.0
    assert health.devices["under_voltage"].ok


def test_a_long_pause_is_not_made_up_for() -> None:
    gauges = Watched()
    health = Health(gauges)
    health.step(at(0))
    for ms in range(10_000_000, 10_010_000, 100):
        health.step(at(ms))
    assert health.looks <= 1 + 4 + 10_000 // 2_000 + 2
