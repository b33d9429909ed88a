"""The failsafe script: every board released with the standard library alone."""

from __future__ import annotations

import ast
import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hw import failsafe

SCRIPT = Path(failsafe.__file__)
LAYOUT = SCRIPT.parents[1] / "layouts" / "beech.toml"


class Boards:
    """What the script believes to be boards; `fails` says how often each refuses first."""

    def __init__(self, fails: dict[int, int] | None = None) -> None:
        self.fails = dict(fails or {})
        self.asked: list[tuple[int, int]] = []

    def __call__(self, bus: int, address: int) -> bytes:
        self.asked.append((bus, address))
        left = self.fails.get(address, 0)
        if left:
            self.fails[address] = left - 1
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        return b"\xff\xff"


def test_addresses_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    boards = Boards()
    assert failsafe.main(["0x20", "33"], boards) == 0
    assert boards.asked == [(1, 0x20), (1, 0x21)]
    assert "relay board 0x20 on /dev/i2c-1: all relays released, pins read ffff" in capsys.readouterr().out


def test_another_bus() -> None:
    boards = Boards()
    assert failsafe.main(["--bus", "3", "0x20"], boards) == 0
    assert boards.asked == [(3, 0x20)]


def test_addresses_from_a_layout() -> None:
    boards = Boards()
    assert failsafe.main([str(LAYOUT)], boards) == 0
    assert boards.asked == [(1, 0x20), (1, 0x21)]


def test_bus_and_addresses_from_a_config_that_names_a_layout(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[site]\nlayout = "beech"\n[hardware]\nbus = "real"\ni2c_number = 4\n')
    boards = Boards()
    assert failsafe.main([str(config)], boards) == 0
    assert boards.asked == [(4, 0x20), (4, 0x21)]
    config.write_text(f'[site]\nlayout = "{LAYOUT}"\n[hardware]\nbus = "real"\n')
    assert failsafe.main([str(config)], boards) == 0


def test_a_simulated_house_has_nothing_to_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[hardware]\nbus = "twin"\n')
    boards = Boards()
    assert failsafe.main([str(config)], boards) == 0
    assert boards.asked == []
    assert "simulated" in capsys.readouterr().out


def test_a_board_that_answers_at_the_third_try_is_released() -> None:
    assert failsafe.main(["0x20"], Boards({0x20: 2})) == 0


def test_a_dead_board_is_reported_and_the_others_are_released(capsys: pytest.CaptureFixture[str]) -> None:
    boards = Boards({0x20: 99})
    assert failsafe.main(["0x20", "0x21"], boards) == 1
    assert boards.asked == [(1, 0x20)] * failsafe.TRIES + [(1, 0x21)]
    out = capsys.readouterr().out
    assert "0x20 on /dev/i2c-1: NOT released: Remote I/O error" in out
    assert "0x21 on /dev/i2c-1: all relays released" in out


def test_the_worst_case_stays_below_two_seconds() -> None:
    assert failsafe.MAX_BOARDS * failsafe.TRIES * 2 * 0.030 < 2.0
    boards = Boards()
    failsafe.main([hex(a) for a in range(0x20, 0x40)], boards)
    assert len(boards.asked) == failsafe.MAX_BOARDS


@pytest.mark.parametrize("words", [["--bus"], ["--bus", "x", "0x20"], ["twenty"], ["missing.toml"]])
def test_what_cannot_be_understood_is_a_failure_not_a_silence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert failsafe.main(words, Boards()) == 1
    assert "cannot tell" in capsys.readouterr().out


def test_a_real_house_without_a_readable_layout_is_a_failure(tmp_path: Path) -> None:
    config, layout = tmp_path / "config.toml", tmp_path / "house.toml"
    layout.write_text("[other]\n")
    config.write_text(f'[site]\nlayout = "{layout}"\n[hardware]\nbus = "real"\n')
    assert failsafe.main([str(config)], Boards()) == 1


def test_without_arguments_it_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert failsafe.main([], Boards()) == 64
    assert "failsafe.py" in capsys.readouterr().out


def test_the_bytes_and_ioctls_are_those_of_the_kernels_i2c_interface(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[tuple[object, ...]] = []
    device = tmp_path / "i2c"
    device.write_bytes(b"")
    real_open = os.open
    monkeypatch.setattr(os, "open", lambda path, flags: real_open(device, flags))
    monkeypatch.setattr(fcntl, "ioctl", lambda fd, what, value: done.append((what, value)))
    monkeypatch.setattr(os, "write", lambda fd, data: done.append(("write", data)))
    monkeypatch.setattr(os, "read", lambda fd, count: b"\xff" * count)
    before = len(os.listdir("/proc/self/fd"))
    assert failsafe.transfer(1, 0x20) == b"\xff\xff"
    assert done == [(0x0702, 3), (0x0703, 0x20), ("write", b"\xff\xff")]
    assert len(os.listdir("/proc/self/fd")) == before


def test_it_runs_alone_as_a_script_and_says_that_the_bus_is_missing() -> None:
    ran = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), "--bus", "97", "0x20"],
        capture_output=True, text=True, check=False, timeout=20, cwd="/",
    )  # fmt: skip
    assert ran.returncode == 1
    assert "relay board 0x20 on /dev/i2c-97: NOT released: No such file or directory" in ran.stdout


def test_it_is_short_and_imports_nothing_but_the_standard_library() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 100
    names = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
