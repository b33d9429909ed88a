"""What an earlier run left on disk, as a dying card hands it back: memory, samples, reports, database.

Records behind a checksum are bent with a checksum that fits as well: a program of another version may have
written them.
"""

from __future__ import annotations

import socket
import tempfile
from functools import cache
from pathlib import Path

import msgspec

from layouts.load import load_house
from layouts.settings import Settings
from proto.store import frames as f
from proto.store import slots
from proto.store.child import Writer, _after_trouble
from proto.store.database import Database
from proto.store.schema import DAMAGE, FILE
from proto.store.thinning import LEVELS_S, thin
from proto.unreported import read
from states import memory as memories
from states.calendar import Calendar, zone_of
from states.decide import Decider
from states.image import Now
from states.state import State
from tests.fuzz.engine import Target
from tests.store.rig import HOUSE, MIB, WALL_MS, body_of, report

NOW = Now(1_770_001_500_000, 5_000_000, 5_000_000)
START_S = 1_770_001_200
QUICK_FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""A thousand databases are opened; none of them must survive a power cut."""


# ---------------------------------------------------------------------------------------- the memory


def slot_files() -> list[bytes]:
    """Memory files as the writer leaves them."""
    values = [{}, {"state": b"{}"}, {"state": b"x" * 300, "other": b"\x00\xff"}]
    return [slots.encode(n, slots.Memory(HOUSE, 1_000_000 * n, value)) for n, value in enumerate(values)]


def take_slot(data: bytes) -> bool:
    """The file as it is, and the same body under a checksum that fits."""
    taken = _take_slot(data)
    if len(data) < slots.HEAD.size:
        return taken
    _, _, generation, _, _ = slots.HEAD.unpack_from(data)
    body = data[slots.HEAD.size :]
    head = slots.HEAD.pack(slots.MAGIC, slots.FORMAT, generation, len(body), slots._sum(generation, body))
    return _take_slot(head + body) or taken


def _take_slot(data: bytes) -> bool:
    try:
        generation, memory = slots.decode(data, HOUSE)
    except slots.Unreadable:
        return False
    assert memory.house == HOUSE
    assert slots.decode(slots.encode(generation, memory), HOUSE) == (generation, memory)
    return True


@cache
def first_state() -> tuple[State, str]:
    """A program that has not ticked yet, and its house's alias."""
    home, site = load_house("orange"), Settings()
    decider = Decider(home, site, Calendar(site.tariff, zone_of(site.site.time_zone)[0]))
    return decider.first_state(NOW), home.scada.alias


def records() -> list[bytes]:
    """What a program remembers."""
    state, alias = first_state()
    return [memories.encode(memories.remember(state, NOW, alias, boot)) for boot in ("", "boot-1")]


def take_record(data: bytes) -> bool:
    """Whatever is taken can be started with, and is written the same again."""
    state, alias = first_state()
    found, words = memories.decode(data, alias)
    if found is None:
        assert words
        return False
    assert memories.decode(memories.encode(found), alias) == (found, "")
    again = memories.recalled(state, found, NOW)
    memories.encode(memories.remember(again, NOW, alias, "next"))
    return True


# ------------------------------------------------------------------------ samples, reports, frames


def chunks() -> list[bytes]:
    """Samples that no report carried."""
    one: dict[str, tuple[list[int], list[int]]] = {"a": ([1000 * START_S, 1000 * START_S + 900], [1, -7])}
    return [
        msgspec.msgpack.encode(chunk) for chunk in ({}, one, one | {"b": ([1000 * START_S] * 9, [5] * 9)})
    ]


def take_chunk(data: bytes) -> bool:
    """Times and values go together and make sense."""
    found = read([data, chunks()[1]], ("a", "b"))
    for times, values in found.values():
        assert len(times) == len(values)
        assert all(isinstance(number, int) for number in (*times, *values))
    return found != read([chunks()[1]], ("a", "b"))


def reports() -> list[bytes]:
    """Stored reports."""
    return [report("r", START_S + 300 * n, channels=2, per_channel=3 * n + 1) for n in range(3)]


def take_report(data: bytes) -> bool:
    """Thinned at every level, or left alone; never more than it was."""
    thinned = [thin(data, level) for level in range(1, len(LEVELS_S))]
    for body in thinned:
        assert body is None or len(msgspec.json.decode(body)["Payload"]["Report"]) > 0
    return thinned[0] is not None


def frames() -> list[bytes]:
    """What program and writer say to each other."""
    said: list[f.Request | f.Reply] = [
        f.PutEvent(1, "id", "report.event", WALL_MS, 0, False, b"body"), f.PutAck(2, "id"),
        f.PutMemory(3, "state", b"{}"), f.PutJournal(4, WALL_MS, b"line"), f.PutMinute(5, 29_000_000, b"m"),
        f.PutSamples(6, WALL_MS, b"s"), f.Commit(7), f.Fetch(8, 0, 20), f.FetchMinutes(9, 1, 2),
        f.Remembered({"a": b"b"}, ["words"]), f.Ready(1, 2, [b"s"], []), f.Durable(7, 1, 4096),
        f.Events(8, [(1, "id", "t", b"body")], True), f.Minutes(9, [(1, b"m")], False),
        f.Trouble("damaged", "words", 1), f.Failed("words"),
    ]  # fmt: skip
    return [f.pack(frame) for frame in said]


def take_frame(data: bytes) -> bool:
    """Cut and read by either side."""
    unpacker = f.Unpacker()
    unpacker.feed(data)
    taken = False
    try:
        while (body := unpacker.take()) is not None:
            for side in (f.read_request, f.read_reply):
                try:
                    frame = side(body)
                except f.FrameError:
                    continue
                assert side(f.pack(frame)[f.LENGTH.size :]) == frame
                taken = True
    except f.FrameError:
        return taken
    return taken


# ---------------------------------------------------------------------------------------- the database

BODIES = {f"id-{n}": body_of(f"id-{n}") + b" " * (40 * n) for n in range(12)}


@cache
def database() -> bytes:
    """A database with a little of everything, as one file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE)
        made = Database(path, HOUSE, 64 * MIB)
        for n, (name, body) in enumerate(BODIES.items()):
            made.put_event(f.PutEvent(n, name, "report.event", WALL_MS, 0, n % 4 == 0, body), "run")
        made.put_journal(f.PutJournal(20, WALL_MS, b"a line"))
        made.put_minute(f.PutMinute(21, 29_000_000, b"m" * 300))
        made.put_samples(f.PutSamples(22, WALL_MS, b"s" * 300), "run")
        made.commit("run", 22)
        made._link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made.close()
        return path.read_bytes()


class Quiet(Writer):
    """The writer in our own process, whose words nobody hears."""

    def _say(self, frame: f.Reply) -> None:
        f.pack(frame)


def use(writer: Quiet) -> None:
    """What a writer does in its life: open, hand out what is unacked, take something new, commit."""
    writer._open()
    base, after = writer._database, 0
    while page := base.oldest(after, 5):
        after = page[-1][0]
        assert all(body in BODIES.values() for _, _, _, body in page), "a body nobody ever stored"
    base.minutes(0, 2**40, 100)
    base.put_event(f.PutEvent(1, "new", "report.event", WALL_MS, 1, False, b"new"), "next")
    base.ack("new")
    writer._commit()


def take_database(data: bytes) -> bool:
    """Used as it is, or set aside; where it breaks in the first writer's hands, the second one lives."""
    with tempfile.TemporaryDirectory(dir=QUICK_FOLDER) as name:
        folder = Path(name)
        (folder / FILE).write_bytes(data)
        for last in (False, True):
            ours, theirs = socket.socketpair()
            with ours, theirs:
                writer = Quiet(ours, folder, HOUSE, "next", 64 * MIB)
                try:
                    use(writer)
                except DAMAGE as error:
                    if last:
                        raise
                    _after_trouble(writer, folder, error)
                else:
                    return not list(folder.glob("*.bad-*"))
                finally:
                    if hasattr(writer, "_database"):
                        writer._database.close()
    return False


TARGETS = (
    Target("slot", 40, slot_files, take_slot),
    Target("record", 60, records, take_record),
    Target("chunk", 20, chunks, take_chunk),
    Target("report", 20, reports, take_report),
    Target("frame", 18, frames, take_frame),
    Target("database", 2, lambda: [database()], take_database),
)
