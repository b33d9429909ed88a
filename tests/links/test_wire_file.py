"""`--wire FILE`: every message in a line, a file that ends, a tick that never waits for it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proto.wire_file import DROPPED, FULL, MAX_BUFFER_BYTES, WireFile, WireTap, line


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


def until(done: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "never came"
        time.sleep(0.01)


def test_a_line_is_a_topic_and_a_payload_whatever_came(tmp_path: Path) -> None:
    file = WireFile(tmp_path / "w.jsonl")
    file("gw/a/to/b/x", b'{"Header":{"Src":"a"},\n "Payload":{"V":1.5,"\xc3\xa4":null}}', "in")
    for junk in (b"", b"\xff\x00\n", b"[1]", b"{", b'{"a":1}{"b":2}', b"[" * 5000, b"1e999"):
        file("gw/\udcff\n", junk, "in")
    file.close()
    found = lines(tmp_path / "w.jsonl")
    assert found[0] == {
        "topic": "gw/a/to/b/x",
        "payload": {"Header": {"Src": "a"}, "Payload": {"V": 1.5, "ä": None}},
    }
    assert len(found) == 8
    assert all(set(one) == {"topic", "payload"} and isinstance(one["payload"], dict) for one in found)
    assert found[2]["payload"] == {"Unreadable": repr(b"\xff\x00\n"), "Bytes": 3}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    WireFile(tmp_path / "w.jsonl").close()
    assert (tmp_path / "w.jsonl").stat().st_mode & 0o777 == 0o600


def test_it_never_grows_beyond_its_size_and_says_so_last(tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    file = WireFile(path, 1000)
    for n in range(100):
        file(f"topic-{n}", b'{"n":1}', "out")
    file.close()
    assert file.full
    assert path.stat().st_size <= 1000
    assert lines(path)[-1] == {"topic": FULL, "payload": {"MaxBytes": 1000}}
    assert len(lines(path)) > 20
    before = path.read_bytes()
    again = WireFile(path, 1000)
    again("more", b"{}", "out")
    again.close()
    assert path.read_bytes() == before


def test_a_run_appends_and_closes_a_torn_line_a_simulation_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    path.write_bytes(line("old", b"{}") + b'{"topic":"to')
    file = WireFile(path)
    file("new", b"{}", "out")
    file.close()
    assert path.read_bytes().splitlines()[1:] == [b'{"topic":"to', line("new", b"{}").strip()]
    WireFile(path, afresh=True).close()
    assert path.read_bytes() == b""


def test_the_child_writes_every_message_in_order(tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    said: list[str] = []
    tap = WireTap(path, said.append)
    for n in range(2000):
        tap(f"gw/{n}", b'{"n":%d}' % n, "out")
    tap.close()
    assert [one["payload"]["n"] for one in lines(path)] == list(range(2000))
    assert (tap.taken, tap.dropped, said) == (2000, 0, [])


def test_with_a_stuck_disk_messages_are_dropped_and_counted_and_nothing_waits(tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    tap = WireTap(path, lambda words: None)
    tap("gw/first", b"{}", "out")
    until(lambda: path.stat().st_size > 0)
    os.kill(tap._process.pid, signal.SIGSTOP)
    body = json.dumps({"x": "y" * 30_000}).encode()
    for _ in range(500):  # one that waited would wait for ever
        tap("gw/long", body, "out")
    assert 300 < tap.dropped < 500
    assert tap._bytes <= MAX_BUFFER_BYTES + len(body)
    os.kill(tap._process.pid, signal.SIGCONT)

    def drained() -> bool:
        tap._send()
        return not tap._waiting

    until(drained)
    dropped = tap.dropped
    tap("gw/last", b"{}", "out")
    tap.close()
    found = lines(path)
    assert [one["topic"] for one in found[-2:]] == [DROPPED, "gw/last"]
    assert found[-2]["payload"] == {"Count": dropped}
    assert len(found) == tap.taken + 1


def test_a_full_file_is_said_once_and_what_comes_then_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    said: list[str] = []
    tap = WireTap(path, said.append, 10_000)

    def feed() -> bool:
        tap("gw/x", b'{"x":"' + b"y" * 1000 + b'"}', "out")
        return bool(said)

    until(feed)
    dropped = tap.dropped
    tap("gw/x", b"{}", "out")
    assert tap.dropped == dropped + 1
    tap.close()
    assert said == [f"{path} has reached its size or cannot be written: no more messages go there"]
    assert lines(path)[-1]["topic"] == FULL


def test_a_place_that_cannot_be_written_is_an_error_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        WireTap(tmp_path / "none" / "w.jsonl", lambda words: None)


def test_the_child_goes_when_the_program_is_gone(tmp_path: Path) -> None:
    tap = WireTap(tmp_path / "w.jsonl", lambda words: None)
    tap("gw/x", b"{}", "out")
    tap._process.hang_up()
    until(tap._process.gone)
    assert len(lines(tmp_path / "w.jsonl")) == 1
