"""Live updates: once a second from one snapshot, bounded in clients and bytes; slow ones miss out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from proto.page.page import FRESH_MS, LIMITS
from proto.page.recent import KEPT, MAX_WORDS
from states.image import Event
from tests.http.bench import closed, get, heard
from tests.page.bench import PageBench, events


@pytest.fixture
def bench() -> Iterator[PageBench]:
    b = PageBench()
    yield b
    b.close()


def event(kind: str = "note", words: str = "something", n: int = 0) -> Event:
    return Event(kind, f"e{n}", words, 0, 1_769_500_800_000)


def test_a_stream_begins_with_how_things_are(bench: PageBench) -> None:
    data = heard(bench.listen())
    assert b"content-type: text/event-stream" in data.lower()
    assert b"retry: 2000" in data
    kind, status = events(data)[0]
    assert kind == "status"
    assert status["state"]


def test_nobody_looks_and_nothing_is_made(bench: PageBench) -> None:
    bench.turn(steps=200, ms=100)
    assert bench.asked == 0


def test_one_snapshot_a_second_serves_however_many_look(bench: PageBench) -> None:
    for _ in range(LIMITS.streams):
        bench.listen()
    begun = bench.asked
    clients = [bench.client() for _ in range(6)]
    for i in range(100):
        if i % 10 == 0:
            for sock in clients:
                heard(sock)
                sock.sendall(get("/api/status") + get("/metrics"))
        bench.turn(steps=1, ms=100)
    assert 10_000 // FRESH_MS - 1 <= bench.asked - begun <= 10_000 // FRESH_MS + 1


def test_every_second_every_listener_hears_the_same(bench: PageBench) -> None:
    socks = [bench.listen() for _ in range(3)]
    for sock in socks:
        heard(sock)
    bench.turn(steps=30, ms=100)
    told = [events(heard(sock)) for sock in socks]
    assert told[0] == told[1] == told[2]
    assert [kind for kind, _ in told[0]] == ["status"] * 3


def test_too_many_streams_get_a_503_and_the_others_stay(bench: PageBench) -> None:
    for _ in range(LIMITS.streams):
        bench.listen()
    answer = bench.ask("/api/stream")
    assert answer.status == 503
    assert "retry-after" in answer.headers
    assert bench.page.http.streams == LIMITS.streams


def test_a_place_is_free_again_when_a_listener_leaves(bench: PageBench) -> None:
    socks = [bench.listen() for _ in range(LIMITS.streams)]
    socks[0].close()
    bench.turn()
    assert b"200 OK" in heard(bench.listen())


def test_a_listener_that_does_not_listen_misses_updates_and_holds_up_nobody(bench: PageBench) -> None:
    slow, quick = bench.listen(), bench.listen()
    heard(quick)
    got = 0
    for _ in range(600):
        bench.turn(steps=1, ms=1_000)
        got += len([k for k, _ in events(heard(quick)) if k == "status"])
        queued = max((c.out_bytes for c in bench.page.http._connections), default=0)
        assert queued <= LIMITS.stream_bytes
    assert got == 600
    assert closed(slow) or len(heard(slow)) < 600 * 5_000


def test_a_line_reaches_every_listener_once(bench: PageBench) -> None:
    sock = bench.listen()
    heard(sock)
    bench.page.note(event("fault", "The top buffer sensor is silent"))
    bench.page.tell("DEMO cuts the cloud link")
    bench.turn(steps=20, ms=100)
    lines = [data for kind, data in events(heard(sock)) if kind == "line"]
    assert [(line["kind"], line["words"]) for line in lines] == [
        ("fault", "The top buffer sensor is silent"),
        ("demo", "DEMO cuts the cloud link"),
    ]
    assert [line["n"] for line in lines] == [1, 2]
    assert bench.ask("/api/recent").json == lines


def test_events_that_are_no_news_make_no_line(bench: PageBench) -> None:
    for kind in ("veto", "actuator"):
        bench.page.note(event(kind))
    assert bench.ask("/api/recent").json == []


def test_the_lines_kept_are_bounded_in_number_and_length(bench: PageBench) -> None:
    for n in range(3 * KEPT):
        bench.page.note(event(words="x" * 10_000, n=n))
    kept = bench.ask("/api/recent").json
    assert len(kept) == KEPT
    assert kept[-1]["n"] == 3 * KEPT
    assert len(kept[0]["words"]) == MAX_WORDS
    sock = bench.listen()
    bench.turn(steps=20, ms=100)
    assert len(heard(sock)) < LIMITS.stream_bytes


def test_a_point_is_told_when_a_minute_of_house_time_is_over(bench: PageBench) -> None:
    sock = bench.listen()
    heard(sock)
    bench.sample()
    bench.turn(steps=20, ms=100)
    points = [data for kind, data in events(heard(sock)) if kind == "point"]
    assert len(points) == 1
    assert points[0]["n"] == 1
    assert set(points[0]["values"]) == {s.name for s in bench.page.history.series}


def test_hostile_words_arrive_as_words(bench: PageBench) -> None:
    nasty = '<script>alert(1)</script>\n\nevent: status\ndata: {}\r\n\u2028"&\x00'
    sock = bench.listen()
    heard(sock)
    bench.page.note(event(words=nasty))
    bench.turn(steps=12, ms=100)
    lines = [data for kind, data in events(heard(sock)) if kind == "line"]
    assert [line["words"] for line in lines] == [nasty]
    answer = bench.ask("/api/recent")
    assert json.loads(answer.body)[0]["words"] == nasty
    assert answer.headers["content-type"] == "application/json"


def test_a_hundred_idle_connections_leave_room_for_a_person(bench: PageBench) -> None:
    for _ in range(100):
        bench.client()
        bench.turn(steps=1)
    assert bench.ask("/ping").status == 200
    assert len(bench.page.http._connections) <= LIMITS.connections
