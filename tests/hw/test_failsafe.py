"""The failsafe script: every board released with the standard library alone."""

from __future__ import annotations

import ast
import errno
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hw import failsafe

SCRIPT = Path(failsafe.__file__)
LAYOUT = SCRIPT.parents[1] / "layouts" / "beech.toml"


APART = failsafe.apart


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child process only bounds the time; what it does is seen better in this one."""
    monkeypatch.setattr(failsafe, "apart", lambda work: work())


@pytest.fixture
def in_a_child(monkeypatch: pytest.MonkeyPatch, in_process: None) -> None:
    monkeypatch.setattr(failsafe, "apart", APART)


class Boards:
    """What the script believes to be boards; `fails`: how often each refuses first, `pins`: what it reads."""

    def __init__(self, fails: dict[int, int] | None = None, pins: bytes = b"\xff\xff") -> None:
        self.fails = dict(fails or {})
        self.pins = pins
        self.asked: list[tuple[int, int]] = []

    def __call__(self, bus: int, address: int) -> bytes:
        self.asked.append((bus, address))
        left = self.fails.get(address, 0)
        if left:
            self.fails[address] = left - 1
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        return self.pins


def test_addresses_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    boards = Boards()
    assert failsafe.main(["0x20", "33"], boards) == 0
    assert boards.asked == [(1, 0x20), (1, 0x21)]
    assert "relay board 0x20 on /dev/i2c-1: all released, pins read ffff" in capsys.readouterr().out


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


def test_a_dead_board_is_reported_and_keeps_no_other_one_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    boards = Boards({0x20: 99})
    assert failsafe.main(["0x20", "0x21"], boards) == 1
    assert boards.asked == [(1, 0x20), (1, 0x21), (1, 0x20), (1, 0x20)]
    out = capsys.readouterr().out
    assert "0x20 on /dev/i2c-1: NOT released: Remote I/O error" in out
    assert "0x21 on /dev/i2c-1: all released" in out


def test_a_pin_that_stays_low_is_not_released_whatever_the_write_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    boards = Boards(pins=b"\xf7\xff")
    assert failsafe.main(["0x20"], boards) == 1
    assert len(boards.asked) == failsafe.ROUNDS
    assert "0x20 on /dev/i2c-1: NOT all released, pins read f7ff" in capsys.readouterr().out


def test_the_worst_case_of_a_bus_that_times_out_stays_below_the_deadline() -> None:
    boards = Boards(dict.fromkeys(failsafe.POSSIBLE, 99))
    failsafe.main([hex(address) for address in failsafe.POSSIBLE], boards)
    assert len(boards.asked) * 2 * 0.030 < failsafe.DEADLINE_S < 2.0


@pytest.mark.parametrize(
    "words",
    [
        ["twenty"], ["missing.toml"], [str(SCRIPT)], ["0x20", "[boards]"], ["/proc/self/mem.toml"],
        ["-9"], ["0x99"], ["0x20", "0x99"], ["0x1f"], ["0x28"], ["99999999999999999999"], [""], ["-x"],
        ["--buz", "1"], ["--bus", "x"], ["--bus", "-1"], ["--bus"], ["--bus", "1", "--", "-9"],
    ],
)  # fmt: skip
def test_what_cannot_be_understood_releases_every_board_there_can_be_and_is_a_failure(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    boards = Boards()
    assert failsafe.main(words, boards) == 1
    assert boards.asked == [(1, address) for address in range(0x20, 0x28)]
    assert "cannot tell which boards" in capsys.readouterr().out


def test_a_guess_keeps_the_bus_it_was_given() -> None:
    boards = Boards()
    assert failsafe.main(["--bus", "3", "gone.toml"], boards) == 1
    assert {bus for bus, _ in boards.asked} == {3}


@pytest.mark.parametrize(
    "text", ["[other]\n", "[boards]\nrelays = 7\n", '[boards]\nrelays = ["x"]\n', "no toml"]
)
def test_a_real_house_whose_layout_cannot_be_read_is_released_all_the_same(tmp_path: Path, text: str) -> None:
    config, layout = tmp_path / "config.toml", tmp_path / "house.toml"
    layout.write_text(text)
    config.write_text(f'[site]\nlayout = "{layout}"\n[hardware]\nbus = "real"\n')
    boards = Boards()
    assert failsafe.main([str(config)], boards) == 1
    assert (1, 0x20) in boards.asked
    assert (1, 0x21) in boards.asked


def test_a_layout_beside_the_config_is_found_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text("[boards]\nrelays = [0x24]\n")
    config = tmp_path / "config.toml"
    config.write_text('[site]\nlayout = "house.toml"\n[hardware]\nbus = "real"\n')
    boards = Boards()
    assert failsafe.main([str(config)], boards) == 0
    assert boards.asked == [(1, 0x24)]


def test_without_words_the_boards_of_this_checkout_are_released_simulated_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failsafe, "ROOT", tmp_path)
    (tmp_path / "house.toml").write_text("[boards]\nrelays = [0x22]\n")
    (tmp_path / "config.toml").write_text('[site]\nlayout = "./house.toml"\n[hardware]\nbus = "twin"\n')
    boards = Boards()
    assert failsafe.main([], boards) == 0
    assert boards.asked == [(1, 0x22)]
    (tmp_path / "config.toml").unlink()
    boards = Boards()
    assert failsafe.main([], boards) == 1
    assert boards.asked == [(1, address) for address in range(0x20, 0x28)]


# ------------------------------------------------------------------------------------- the deadline


@pytest.mark.usefixtures("in_a_child")
def test_what_the_child_says_and_returns_is_what_counts(capfd: pytest.CaptureFixture[str]) -> None:
    assert failsafe.main(["0x20"], Boards()) == 0
    assert failsafe.main(["0x20"], Boards({0x20: 99})) == 1
    out = capfd.readouterr().out
    assert out.count("all released") == 1
    assert out.count("NOT released") == 1


HANGS = """
import sys, time
sys.path.insert(0, sys.argv[1])
import failsafe
sys.exit(failsafe.main(["0x20", "0x21"], lambda bus, address: time.sleep(60)))
"""


def test_a_bus_that_hangs_in_the_kernel_is_given_up_within_two_seconds() -> None:
    begin = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-I", "-c", HANGS, str(SCRIPT.parent)],
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    took_s = time.monotonic() - begin
    assert ran.returncode == 1
    assert "the bus hangs" in ran.stdout
    assert failsafe.DEADLINE_S < took_s < 5.0  # 2 s on a machine that has nothing else to do


@pytest.mark.usefixtures("in_a_child")
def test_without_a_process_to_be_had_it_releases_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise OSError(errno.EAGAIN, "no process")

    monkeypatch.setattr(os, "fork", refuse)
    boards = Boards()
    assert failsafe.main(["0x20"], boards) == 0
    assert boards.asked == [(1, 0x20)]


# ------------------------------------------------------------------------------------------ the wire


def test_the_bytes_and_ioctls_are_those_of_the_kernels_i2c_interface(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[tuple[object, ...]] = []

    class Board:
        def __init__(self, path: str, mode: str, buffering: int) -> None:
            done.append((path, mode, buffering))

        def __enter__(self) -> Board:
            return self

        def __exit__(self, *_: object) -> None:
            done.append(("close",))

        def write(self, data: bytes) -> None:
            done.append(("write", data))

        def read(self, count: int) -> bytes:
            return b"\xff" * count

    monkeypatch.setattr(failsafe, "open", Board, raising=False)
    monkeypatch.setattr(fcntl, "ioctl", lambda fd, what, value: done.append((what, value)))
    assert failsafe.transfer(1, 0x20) == b"\xff\xff"
    assert done == [
        ("/dev/i2c-1", "r+b", 0), (0x0702, 3), (0x0703, 0x20), ("write", b"\xff\xff"), ("close",),
    ]  # fmt: skip


def test_it_runs_alone_as_a_script_and_says_that_the_bus_is_missing() -> None:
    ran = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), "--bus", "97", "0x20"],
        capture_output=True, text=True, check=False, timeout=20, cwd="/",
    )  # fmt: skip
    assert ran.returncode == 1
    assert "relay board 0x20 on /dev/i2c-97: NOT released: No such file or directory" in ran.stdout


@pytest.mark.parametrize("what", ["fifo", "endless", "folder"])
@pytest.mark.parametrize("named", ["config", "layout"])
def test_only_a_regular_file_is_read_and_nothing_waited_for(tmp_path: Path, what: str, named: str) -> None:
    odd = tmp_path / "odd.toml"
    if what == "fifo":
        os.mkfifo(odd)
    elif what == "endless":
        odd.symlink_to("/dev/zero")
    else:
        odd.mkdir()
    config = tmp_path / "config.toml"
    config.write_text('[site]\nlayout = "odd.toml"\n[hardware]\nbus = "real"\n')
    file = str(odd if named == "config" else config)
    words = [sys.executable, str(SCRIPT), "--bus", "99", file]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=5, check=False)
    assert ended.returncode == 1
    assert ended.stdout.count("NOT released") == 8
    assert "cannot tell which boards: no regular file: " in ended.stdout


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


def test_an_output_that_is_closed_keeps_no_board_from_being_released() -> None:
    """What is said comes after what is done."""
    boards = Boards()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            failsafe.main(["-9"], boards)
    assert [address for _, address in boards.asked] == failsafe.POSSIBLE
