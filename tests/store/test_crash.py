"""SIGKILL at any moment: what was durable is there afterwards, once, in order; what was not is sent again."""

from __future__ import annotations

import os
import random
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from proto.store import child
from proto.store import frames as f
from proto.store.chain import LINK_BYTES
from tests.store.rig import WALL_MS, Rig


def events_of(folder: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(folder / "store.db")) as link:
        return link.execute("SELECT position, id FROM event ORDER BY position").fetchall()


def journal_of(folder: Path) -> list[bytes]:
    with closing(sqlite3.connect(folder / "store.db")) as link:
        rows = link.execute("SELECT body FROM journal ORDER BY position")
        return [bytes(body[LINK_BYTES:]) for (body,) in rows]


@pytest.mark.parametrize("seed", range(4))
def test_a_writer_killed_at_random_moments_loses_nothing_and_doubles_nothing(
    tmp_path: Path, seed: int
) -> None:
    """Sixty kills per seed; the program lives on and sends again what was not confirmed."""
    dice = random.Random(seed)
    rig = Rig(tmp_path)
    rig.open()
    put: list[str] = []
    journal: list[bytes] = []
    acked: set[str] = set()
    killed: set[int] = set()
    while len(killed) < 60:
        crowded = rig.store.status.unsaved > 200  # a slow machine: the window in RAM is bounded
        for _ in range(0 if crowded else dice.randrange(4)):
            put.append(f"id-{len(put)}")
            rig.put(put[-1], urgent=dice.random() < 0.5)
        if dice.random() < 0.5 and not crowded:
            journal.append(b"entry %d" % len(journal))
            rig.store.put_journal(journal[-1], WALL_MS)
            rig.store.put_memory("count", b"%d" % len(journal))
        if put and dice.random() < 0.3 and not crowded:
            chosen = dice.choice(put)
            acked.add(chosen)
            rig.store.ack(chosen)
        rig.step(dice.choice((0, 100, 5_000)))
        line = rig.store._life._line
        if line is None:
            rig.step(60_000)  # the next writer, whatever the pause
        elif line.pid not in killed and dice.random() < 0.3:
            line.wait(dice.choice((0.0, 0.0005, 0.002, 0.005)))
            os.kill(line.pid, signal.SIGKILL)
            killed.add(line.pid)
        elif line is not None:
            line.wait(0.002)
    rig.settle()
    assert rig.store.status.state == "ready"
    assert rig.store.counts.restarts >= len(killed) - 1, "the last kill may come after the last word"
    assert rig.store.counts.lost == 0
    rig.close()
    stored = events_of(tmp_path)
    assert [name for _, name in stored] == put
    assert journal_of(tmp_path) == journal
    loaded = rig.open()
    assert loaded.memory["count"] == b"%d" % len(journal)
    found = rig.ids()
    assert rig.store.status.state == "ready", rig.store.status
    assert found == [name for name in put if name not in acked]
    assert loaded.pending == len(found)
    rig.close()


def live_until_killed(folder: Path, report: socket.socket, run: int) -> None:
    """A program that puts, and says of each record when it is durable; ends with its parent."""
    rig = Rig(folder)
    rig.starts = run
    rig.open()
    parent, n = os.getppid(), 0
    waiting: list[str] = []
    while os.getppid() == parent:
        if len(waiting) < 20:
            n += 1
            waiting.append(f"r{run}-{n}")
            rig.put(waiting[-1], urgent=n % 3 == 0)
            if n % 5 == 0:
                rig.store.put_journal(b"%d %d" % (run, n), WALL_MS)
                rig.store.put_memory("n", b"%d %d" % (run, n))
        rig.step(100)
        line = rig.store._life._line
        if line is not None:
            line.wait(0.001)
        for name in [name for name in waiting if not rig.store.unsaved(name)]:
            waiting.remove(name)
            report.sendall(b"%s.\n" % name.encode())


def heard_until_killed(folder: Path, run: int, dice: random.Random) -> list[str]:
    """Start a program, kill it a few milliseconds after its first words; returns its whole lines."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        try:
            live_until_killed(folder, theirs, run)
        finally:
            os._exit(3)
    theirs.close()
    try:
        ours.settimeout(30)
        heard = ours.recv(65536)
        ours.settimeout(dice.choice((0.0005, 0.002, 0.01)))
        while dice.random() < 0.9 and (data := ours.recv(65536)):
            heard += data
    except TimeoutError:
        pass
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    ours.setblocking(False)
    try:
        while data := ours.recv(65536):  # what it managed to say before it died counts too
            heard += data
    except BlockingIOError:
        pass
    ours.close()
    return [line[:-1] for line in heard.decode().splitlines() if line.endswith(".")]


def test_a_program_killed_at_random_moments_finds_everything_that_was_durable(tmp_path: Path) -> None:
    """A hundred starts, each killed within a few milliseconds, with no word to its writer."""
    dice = random.Random(7)
    promised: set[str] = set()
    last: dict[int, int] = {}
    for run in range(100):
        names = heard_until_killed(tmp_path, run, dice)
        promised.update(names)
        last[run] = max(int(name.partition("-")[2]) for name in names)
    rig = Rig(tmp_path)
    loaded = rig.open()
    assert loaded.words == ()
    found = rig.ids()
    rig.close()
    assert len(promised) > 300
    assert promised <= set(found)
    assert len(found) == len(set(found))
    journal = [tuple(map(int, entry.split())) for entry in journal_of(tmp_path)]
    assert journal == sorted(set(journal))
    for run, durable in last.items():  # records are durable in the order in which they were put
        assert [n for r, n in journal if r == run and n < durable] == list(range(5, durable, 5))
    assert sum(durable > 5 for durable in last.values()) > 10
    positions = [position for position, _ in events_of(tmp_path)]
    assert positions == sorted(set(positions))


def test_a_crash_between_commit_and_answer_stores_nothing_twice(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    mark = tmp_path / "crashed"

    def crash_once() -> None:
        say = child.Writer._say

        def say_or_die(self: child.Writer, frame: f.Reply) -> None:
            if isinstance(frame, f.Durable) and not mark.exists():
                mark.touch()
                os._exit(9)
            say(self, frame)

        child.Writer._say = say_or_die  # type: ignore[method-assign]

    rig.open(before=crash_once)
    rig.put("once", urgent=True)
    rig.store.put_journal(b"once", WALL_MS)
    rig.store.put_samples(b"once", WALL_MS)
    rig.until(lambda: rig.store.status.unsaved == 0, ms=100)
    assert mark.exists()
    assert rig.store.counts.restarts == 1
    rig.close()
    assert [name for _, name in events_of(tmp_path)] == ["once"]
    assert journal_of(tmp_path) == [b"once"]
    loaded = rig.open()
    assert loaded.samples == (b"once",)
    rig.close()


def test_a_writer_whose_program_dies_commits_what_it_has_and_goes(tmp_path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            rig = Rig(tmp_path)
            rig.open()
            rig.put("not asked to be committed yet")
            rig.step()
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(3)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    rig = Rig(tmp_path)
    rig.open()  # waits for the old writer's lock
    assert rig.ids() == ["not asked to be committed yet"]
    rig.close()


def test_signals_to_the_group_do_not_stop_the_writer(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.open()
    pid = rig.store._life.pid
    assert pid is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    rig.put("still here", urgent=True)
    rig.until(lambda: rig.store.status.unsaved == 0)
    assert rig.store.counts.restarts == 0
    rig.close()


def test_the_writer_holds_none_of_the_programs_descriptors(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    rig = Rig(tmp_path)
    rig.open()
    theirs.close()
    ours.settimeout(5)
    assert ours.recv(1) == b""  # a copy in the writer would keep the line open
    pid = rig.store._life.pid
    names = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    assert sum(name.startswith("socket:") for name in names) == 1
    rig.close()
    ours.close()
