"""Golden stories: whole days, told to the second; the same in every process and at every tick."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program.stories import FOLDER, Play, read, seconds, what

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in FOLDER.glob("*.story"))
LATE_S = {"contract-day": 60, "broker-lost": 60}
"""A contract's hand-over takes a tick of the ATN's answer; a tick of full power (9.66 kW el, 15 kW heat) is
drained by the house four times as slowly, so what follows shifts by some ticks. The others: 20 s."""


def play(name: str, tick_ms: int, folder: Path) -> list[str]:
    return Play(read(name), tick_ms, folder).play()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_day_goes_as_the_story_says(name: str, tmp_path: Path) -> None:
    assert play(name, 1000, tmp_path) == list(read(name).lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_tick_of_ten_seconds_tells_the_same_story(name: str, tmp_path: Path) -> None:
    """Same events in the same order, clock times within 20 s (with an ATN: a minute)."""
    told, written = play(name, 10_000, tmp_path), read(name).lines
    assert [what(line) for line in told] == [what(line) for line in written]
    apart = [abs(seconds(a) - seconds(b)) for a, b in zip(told, written, strict=True)]
    assert max(apart) <= LATE_S.get(name, 20)


@pytest.mark.parametrize("name", NAMES)
def test_a_reviewer_finds_arithmetic_beside_five_lines_at_least(name: str) -> None:
    assert read(name).notes >= 5


def told_by_a_process(folder: Path, hash_seed: str, zone: str) -> bytes:
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, str(ROOT / "scada.py"), "simulate", "--days", "0.6", "--controller", "atn"],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone},
        capture_output=True,
        check=True,
    )
    figures = (b"wall_s", b"times_real_time")
    return b"\n".join(line for line in done.stdout.splitlines() if not line.strip().startswith(figures))


def test_two_processes_tell_the_same_story_to_the_byte(tmp_path: Path) -> None:
    """Different hash seeds, time zones and working directories."""
    one = told_by_a_process(tmp_path / "one", "1", "America/New_York")
    other = told_by_a_process(tmp_path / "other", "4242", "Asia/Tokyo")
    assert one == other
    assert one.count(b"AtnControlled") > 3


def test_a_short_tick_tells_the_same_evening(tmp_path: Path) -> None:
    """100 ms against 1 s, over the start of a peak: whole days at 100 ms are in the bench."""
    lines = {}
    for tick_ms in (100, 1000):
        (tmp_path / str(tick_ms)).mkdir()
        story = read("normal-day")
        stage = {**story.stage, "start": ["2026-01-27T15:20"], "hours": ["1.5"]}
        short = type(story)(story.title, stage, (), 0)
        lines[tick_ms] = Play(short, tick_ms, tmp_path / str(tick_ms)).play()
    assert len(lines[1000]) >= 3
    assert [what(line) for line in lines[100]] == [what(line) for line in lines[1000]]
    apart = [abs(seconds(a) - seconds(b)) for a, b in zip(lines[100], lines[1000], strict=True)]
    assert max(apart) <= 20
