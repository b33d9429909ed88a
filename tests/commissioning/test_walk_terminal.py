"""`hw walk` as an installer sees it: the program in a terminal of its own, a Ctrl-C in the middle."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from layouts.load import FOLDER

ROOT = FOLDER.parent


def read_until(terminal: int, words: str, seen: str = "") -> str:
    """What the program printed up to these words; fails after ten quiet seconds."""
    while words not in seen:
        ready, _, _ = select.select([terminal], [], [], 10)
        assert ready, f"'{words}' never came; {seen[-500:]}"
        try:
            seen += os.read(terminal, 4096).decode()
        except OSError:  # the other end is closed
            break
    assert words in seen, seen[-500:]
    return seen


def test_a_walk_in_a_terminal_ends_with_ctrl_c_and_everything_back(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[site]\nlayout = "orange"\n[hardware]\nbus = "twin"\n', encoding="utf-8")
    ours, theirs = pty.openpty()
    words = [sys.executable, "scada.py", "hw", "walk", "--hold", "2", "--config", str(config)]

    def own_terminal() -> None:
        import fcntl
        import termios

        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    program = subprocess.Popen(
        words, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=own_terminal
    )
    os.close(theirs)
    try:
        seen = read_until(ours, "relay1 vdc: from RelayClosed to RelayOpen for 2 s.")
        os.write(ours, b"y\n")
        seen = read_until(ours, "readback: followed", seen)
        seen = read_until(ours, "relay2 tstat-common", seen)
        os.write(ours, b"\x03")
        seen = read_until(ours, "Every relay stands where it was found.", seen)
        assert "SIMULATED house: nothing real is switched" in " ".join(seen.split())
        assert max(len(line) for line in seen.splitlines()) <= 100
        assert "Broken off: Ctrl-C." in seen
        assert program.wait(10) == 130
    finally:
        program.kill()
        program.wait()
        os.close(ours)


@pytest.mark.parametrize(
    "words", [["scan"], ["read", "buffer-depth1"], ["calibrate", "buffer", "--seconds", "7000"]]
)
def test_a_ctrl_c_while_it_listens_ends_it_with_a_word(tmp_path: Path, words: list[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[site]\nlayout = "orange"\n[hardware]\nbus = "twin"\n', encoding="utf-8")
    program = subprocess.Popen(
        [sys.executable, "scada.py", "hw", *words, "--config", str(config)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert program.stdout is not None
    assert "SIMULATED" in program.stdout.readline()
    program.send_signal(signal.SIGINT)
    said, _ = program.communicate(timeout=10)
    assert (program.returncode, said.splitlines()[-1]) == (130, "Broken off: Ctrl-C.")
