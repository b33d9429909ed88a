"""A store that runs full: what goes first, what stays, and that nothing goes in silence."""

from __future__ import annotations

import json
import random
import resource
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from proto.store.port import Loss
from proto.store.thinning import LEVELS_S, thin
from proto.store.trim import DAY_MS, HIGH
from tests.store.rig import MIB, WALL_MS, Rig, body_of, report

DAY_S = 86_400
SLOT_S = 300
START_S = WALL_MS // 1000


def fill(
    rig: Rig, first_s: int, last_s: int, step_s: int = SLOT_S, channels: int = 10, per_channel: int = 60
) -> list[str]:
    """Reports of these slots, as an outage would leave them; returns their ids."""
    names = []
    for start_s in range(first_s, last_s, step_s):
        name = f"r-{start_s}"
        assert rig.store.put_event(
            name, "report.event", report(name, start_s, channels, per_channel), (start_s + SLOT_S) * 1000
        )
        names.append(name)
        if len(names) % 50 == 0:
            rig.settle()
    rig.settle()
    rig.until(lambda: not rig.store.status.unsaved)
    return names


def spacing_s(body: bytes) -> tuple[int, int]:
    """(slot start, least seconds between two readings of a channel, 0 without readings)."""
    slot = json.loads(body)["Payload"]["Report"]
    times = [c["ScadaReadTimeUnixMsList"] for c in slot["ChannelReadingList"]]
    apart = [b - a for row in times for a, b in pairwise(row)]
    if not times:
        return slot["SlotStartUnixS"], 0
    return slot["SlotStartUnixS"], (min(apart) if apart else SLOT_S * 1000) // 1000


def causes(losses: tuple[Loss, ...]) -> Counter[str]:
    found: Counter[str] = Counter()
    for loss in losses:
        found[loss.cause] += loss.count
    return found


def test_what_the_atn_has_goes_first_and_what_it_has_not_stays_whole(tmp_path: Path) -> None:
    rig = Rig(tmp_path, max_bytes=2 * MIB)
    rig.open()
    acked = fill(rig, START_S, START_S + 120 * SLOT_S)
    for name in acked:
        rig.store.ack(name)
    rig.settle()
    fresh = fill(rig, START_S + 120 * SLOT_S, START_S + 330 * SLOT_S)
    status = rig.store.status
    assert status.used_bytes <= HIGH * status.max_bytes
    assert rig.ids() == fresh
    assert {spacing_s(stored.body)[1] for stored in rig.pending()} == {5}
    assert not rig.store.losses(), "what the ATN has may go without a word"
    rig.close()


def test_readings_without_a_link_lose_resolution_after_1_7_and_28_days(tmp_path: Path) -> None:
    """Thirty-five days off line in a store that holds a quarter of them: 5 minutes, then 15, then an hour."""
    rig = Rig(tmp_path, max_bytes=1 * MIB)
    rig.open()
    end_s = START_S + 35 * DAY_S
    names = fill(rig, START_S, end_s, step_s=11 * SLOT_S, channels=30, per_channel=30)
    found = {stored.message_id: spacing_s(stored.body) for stored in rig.pending()}
    assert list(found) == names, "every report is still there, oldest first"
    hourly = 0
    for start_s, apart_s in found.values():
        days = (end_s - start_s) / DAY_S
        if days < 1:
            assert apart_s == 10, "the last day is whole"
        if days > 1.5:
            assert apart_s in (0, 300)
        if days > 28.5:
            assert apart_s == 0 or start_s % 900 == 0
            hourly += apart_s == 0 and start_s % 900 == 0
        if start_s % 3600 == 0:
            assert apart_s > 0, "once an hour there is always something"
    assert hourly > 0
    told = causes(rig.store.losses())
    assert told["thinned"] == rig.store.counts.thinned > 0
    assert set(told) == {"thinned"}
    assert rig.store.status.used_bytes <= rig.store.status.max_bytes
    rig.close()


def test_when_thinning_is_not_enough_reports_go_and_contracts_and_faults_stay(tmp_path: Path) -> None:
    rig = Rig(tmp_path, max_bytes=1 * MIB)
    rig.open()
    kept = []
    for n in range(1500):
        kind = "gridworks.event.problem" if n % 50 == 0 else "gridworks.event.comm.mqtt.connect"
        name = f"e-{n}"
        kept += [name] if n % 50 == 0 else []
        rig.store.put_event(name, kind, body_of(name) + bytes(range(256)) * 3, WALL_MS + n)
        if n % 50 == 49:
            rig.settle()
    fill(rig, START_S, START_S + 600 * SLOT_S, channels=4)
    left = rig.ids()
    assert [name for name in left if name in set(kept)] == kept
    told = causes(rig.store.losses())
    assert told["dropped"] > 0
    assert len(left) + told["dropped"] == 1500 + 600, "what is not there was told"
    assert rig.store.counts.dropped == told["dropped"]
    size = sum(path.stat().st_size for path in tmp_path.iterdir() if path.name.startswith("store.db"))
    assert size <= 1.25 * rig.max_bytes, "with a log of changes that one large trim may stretch"
    rig.close()


def flood(rig: Rig, kind: str, count: int, size: int = 6000, foreign: bool = False) -> list[str]:
    """So many events that do not shrink below `size` bytes."""
    names = [f"f-{n}" for n in range(count)]
    for n, name in enumerate(names):
        body = b'{"x":"%s"}' % random.Random(n).randbytes(size).hex().encode()
        assert rig.store.put_event(name, kind, body, WALL_MS + n, foreign=foreign)
        if n % 50 == 49:
            rig.settle()
    rig.settle()
    return names


def test_whatever_the_second_computer_sends_nothing_of_ours_goes_for_it(tmp_path: Path) -> None:
    """Its faults may be as dear to it as they will: our reports are not even thinned for them."""
    rig = Rig(tmp_path, max_bytes=2 * MIB)
    rig.open()
    rig.put("ours", "gridworks.event.problem")
    reports = fill(rig, START_S - 9 * DAY_S, START_S - 9 * DAY_S + 100 * SLOT_S)
    flood(rig, "gridworks.event.problem", 600, foreign=True)
    rig.put("contract", "remaining.elec.event")
    rig.settle()
    left = rig.pending()
    ours = [stored.message_id for stored in left if not stored.message_id.startswith("f-")]
    assert ours == ["ours", *reports, "contract"]
    assert {spacing_s(s.body)[1] for s in left if s.type_name == "report.event"} == {5}, "none is thinned"
    told = causes(rig.store.losses())
    assert set(told) == {"dropped"}
    assert len(left) + told["dropped"] == len(reports) + 600 + 2, "what is not there was told"
    assert rig.store.counts.restarts == 0
    rig.close()


def test_with_a_dead_disk_the_second_computers_events_go_from_ram_before_ours(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.open(lambda: (_ for _ in ()).throw(OSError("no disk")), wait_ms=50)
    rig.store.put_event("ours", "report.event", report("ours", START_S), WALL_MS)
    for n in range(600):
        body = body_of(f"f-{n}") + bytes(20_000)
        rig.store.put_event(f"f-{n}", "gridworks.event.problem", body, WALL_MS, foreign=True)
    assert rig.store.unsaved("ours")
    assert not rig.store.unsaved("f-0")
    assert rig.store.counts.lost > 0
    rig.close()


@pytest.mark.parametrize("kind", ["gridworks.event.foo", "gridworks.event.problem"])
def test_a_flood_of_events_never_stops_the_writer(tmp_path: Path, kind: str) -> None:
    """More than fits comes while nobody acks: acks, memory and new events still go through."""
    rig = Rig(tmp_path, max_bytes=2 * MIB)
    rig.open()
    rig.put("ours", "gridworks.event.problem")
    names = flood(rig, kind, 600)
    rig.store.put_memory("state", b"terminated")
    rig.put("last", urgent=True)
    rig.settle()
    told = causes(rig.store.losses())
    left = rig.ids()
    assert len(left) + told["dropped"] == len(names) + 2, "what is not there was told"
    assert left[-1] == "last"
    assert ("ours" in left) == (kind == "gridworks.event.foo"), "our faults outlive what others send"
    rig.store.ack(left[-2])
    rig.settle()
    assert left[-2] not in rig.ids()
    assert rig.store.counts.restarts == 0
    rig.close()
    assert rig.open().memory["state"] == b"terminated"
    rig.close()


def test_a_record_larger_than_the_store_is_refused_and_the_writer_goes_on(tmp_path: Path) -> None:
    rig = Rig(tmp_path, max_bytes=MIB // 2)
    rig.open()
    flood(rig, "gridworks.event.problem", 1, 500_000)
    rig.store.put_memory("state", b"new")
    rig.put("after")
    rig.settle()
    assert rig.ids() == ["after"]
    assert causes(rig.store.losses()) == {"dropped": 1}
    assert rig.store.counts.restarts == 0
    rig.close()


@pytest.mark.parametrize("level", range(1, len(LEVELS_S)))
def test_a_thinned_report_is_still_a_report(level: int) -> None:
    whole = report("r", START_S)
    fewer = thin(whole, level)
    assert fewer is not None
    before, after = json.loads(whole)["Payload"]["Report"], json.loads(fewer)["Payload"]["Report"]
    assert after["StateList"] == before["StateList"]
    assert (after["Id"], after["SlotStartUnixS"]) == (before["Id"], before["SlotStartUnixS"])
    for channel in after["ChannelReadingList"]:
        assert len(channel["ValueList"]) == len(channel["ScadaReadTimeUnixMsList"]) == 1
        source = next(c for c in before["ChannelReadingList"] if c["ChannelName"] == channel["ChannelName"])
        assert channel["ValueList"] == source["ValueList"][-1:]
    assert thin(fewer, level) == fewer, "once is enough"


def test_with_a_full_disk_records_wait_in_ram_and_are_stored_when_there_is_room(tmp_path: Path) -> None:
    """The writer may write no file beyond 64 kB, as on a full disk; then the limit is gone."""
    rig = Rig(tmp_path)
    full = tmp_path / "full"
    full.touch()

    def limit() -> None:
        if full.exists():
            resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, resource.RLIM_INFINITY))

    rig.open(limit, wait_ms=300)
    for n in range(200):
        rig.store.put_event(f"id-{n}", "report.event", report(f"id-{n}", START_S), WALL_MS)
    for _ in range(300):
        rig.step(100)
        if rig.store.status.state == "down":
            break
        rig.store._life.wait()
    assert rig.store.status.state == "down"
    assert rig.store.status.words
    assert rig.store.status.unsaved == 200
    rig.store.fetch(0, 3)
    page = rig.store.page()
    assert page is not None
    assert [stored.message_id for stored in page.items] == ["id-0", "id-1", "id-2"], "it can be sent from RAM"
    full.unlink()
    rig.until(lambda: rig.store.status.unsaved == 0, ms=1000)
    assert rig.ids() == [f"id-{n}" for n in range(200)]
    rig.close()


def test_a_disk_that_takes_nothing_for_long_costs_the_oldest_readings_and_says_so(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.open(lambda: (_ for _ in ()).throw(OSError("no disk")), wait_ms=50)
    body = report("x", START_S, channels=30)
    rig.store.put_event("problem", "gridworks.event.problem", body_of("problem"), WALL_MS)
    for n in range(400):
        rig.store.put_event(f"id-{n}", "report.event", body, WALL_MS)
        rig.step(100)
    status = rig.store.status
    assert status.unsaved_bytes <= 8 * MIB
    lost = causes(rig.store.losses())["ram-full"]
    assert lost == rig.store.counts.lost > 0
    assert rig.store.unsaved("problem"), "faults stay"
    assert not rig.store.unsaved("id-0")
    assert rig.store.unsaved("id-399")
    rig.close()


def test_a_day_is_a_day() -> None:
    assert DAY_MS == DAY_S * 1000
