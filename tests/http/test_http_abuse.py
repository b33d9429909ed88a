"""The HTTP server against slow, greedy, broken or hostile clients: bounded, counted, never raising."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proto.http import Limits
from tests.http.bench import TEXT, Bench, closed, get, heard, post, status


@pytest.fixture
def bench() -> Iterator[Bench]:
    b = Bench(app=lambda r: b"ok")
    yield b
    b.close()


BROKEN = {
    "not http": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "no version": (b"GET /\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "space before colon": (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    "a header line without a name": (b"GET / HTTP/1.1\r\n: x\r\nHost: x\r\n\r\n", 400),
    "control characters in the target": (b"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "blank lines first": (b"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "negative length": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    "endless length": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
    "a body too large": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413),
    "ten megabytes": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n", 413),
    "chunks": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 411),
    "unknown coding": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "101 headers": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 100 + b"\r\n", 431),
    "2000 tiny headers": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a:\n" * 2000 + b"\r\n", 431),
    "a head of 8 KiB and one": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 8192 + b"\r\n\r\n", 431),
    "a head without end": (b"GET /" + b"a" * 9000, 431),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_request_is_refused_and_the_connection_closed(bench: Bench, name: str) -> None:
    data, expected = BROKEN[name]
    client = bench.client()
    client.sendall(data)
    bench.turn()
    assert status(heard(client)) == expected
    assert closed(client)
    assert bench.heard == []
    assert bench.server.counters["refused"] == 1


def test_exactly_100_headers_and_exactly_64_kib_are_taken(bench: Bench) -> None:
    assert status(bench.talk(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 99 + b"\r\n")) == 200
    client = bench.client()
    client.sendall(post("/", bytes(65536)))
    bench.turn(steps=20)
    assert status(heard(client)) == 200
    assert len(bench.heard[1].body) == 65536


def test_a_client_that_says_nothing_is_closed_when_its_idle_time_is_over(bench: Bench) -> None:
    client = bench.client()
    bench.turn(ms=100)
    bench.net_ms += bench.server.limits.idle_ms - 1_000
    bench.turn()
    assert not closed(client)
    bench.turn(ms=300)
    assert closed(client)


def test_a_dribbling_client_gets_two_seconds_however_it_dribbles(bench: Bench) -> None:
    client = bench.client()
    for i in range(25):
        try:
            client.sendall(b"G" if i == 0 else b"x")
        except (BrokenPipeError, ConnectionResetError):
            break
        bench.turn(steps=1, ms=100)
        if bench.server.counters["timeouts"]:
            break
    assert 19 <= i <= 22
    assert status(heard(client)) == 408


def test_a_dribbled_body_gets_no_more_time_than_a_dribbled_head(bench: Bench) -> None:
    client = bench.client()
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
    for _ in range(22):
        client.sendall(b"x")
        bench.turn(steps=1, ms=100)
    assert status(heard(client)) == 408


def test_an_unanswered_request_gets_a_503() -> None:
    bench = Bench(limits=Limits(answer_ms=1_000))
    client = bench.client()
    client.sendall(get())
    bench.turn()
    bench.turn(ms=400)
    assert status(heard(client)) == 503
    assert bench.server.counters["unanswered"] == 1
    assert bench.server.reply(bench.heard[0].ticket, 200, TEXT, b"late") is False
    bench.close()


def test_a_client_that_takes_nothing_is_dropped_in_the_end() -> None:
    bench = Bench(app=lambda r: bytes(8_000_000))
    client = bench.client()
    client.sendall(get())
    bench.turn(steps=60)
    bench.net_ms += 30_000
    bench.turn()
    assert bench.server.counters["stalled"] == 1
    assert bench.server.counters["bytes_out"] < 8_000_000
    bench.close()


def test_a_slow_listener_misses_what_may_be_missed_and_is_dropped_when_its_queue_is_full() -> None:
    bench = Bench(limits=Limits(stream_bytes=50_000))
    client = bench.client()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(get())
    bench.turn()
    bench.server.open_stream(bench.heard[0].ticket, ())
    for _ in range(2_000):
        bench.turn(steps=1)
        bench.server.push(bytes(20_000), skip_slow=True)
    assert bench.server.streams == 1
    for _ in range(2_000):
        bench.turn(steps=1)
        bench.server.push(bytes(20_000))
        if not bench.server.streams:
            break
    assert bench.server.counters["streams_dropped"] == 1
    bench.close()


def test_a_listener_that_takes_nothing_for_long_is_dropped() -> None:
    bench = Bench()
    client = bench.client()
    client.sendall(get())
    bench.turn()
    bench.server.open_stream(bench.heard[0].ticket, ())
    for _ in range(1_000):
        bench.server.push(bytes(20_000), skip_slow=True)
        bench.turn(steps=1)
    bench.net_ms += 30_000
    bench.turn()
    assert bench.server.streams == 0
    bench.close()


def test_only_so_many_listeners() -> None:
    bench = Bench(limits=Limits(streams=2))
    for _ in range(3):
        bench.client().sendall(get())
    bench.turn()
    assert [bench.server.open_stream(r.ticket, ()) for r in bench.heard] == [True, True, False]
    assert bench.server.counters["streams_full"] == 1
    bench.close()


def test_idle_connections_make_room_for_those_who_ask() -> None:
    bench = Bench(limits=Limits(connections=4), app=lambda r: b"ok")
    for _ in range(40):
        bench.client()
        bench.turn(steps=1)
    assert status(bench.talk(get())) == 200
    assert bench.server.counters["evicted"] >= 36
    bench.close()


def test_a_full_house_waits_its_turn_instead_of_being_sent_away() -> None:
    bench = Bench(limits=Limits(connections=2))
    holders = [bench.client() for _ in range(2)]
    for client in holders:
        client.sendall(get())
    bench.turn()
    late = bench.client()
    late.sendall(get("/late"))
    bench.turn(steps=20)
    assert [r.target for r in bench.heard] == ["/", "/"]
    bench.server.reply(bench.heard[0].ticket, 200, (("connection", "close"),), b"bye")
    heard(holders[0])
    holders[0].close()
    bench.turn()
    assert bench.heard[-1].target == "/late"
    bench.close()


def test_one_address_cannot_take_every_place() -> None:
    bench = Bench(limits=Limits(connections=8, per_peer=2))
    clients = [bench.client() for _ in range(5)]
    bench.turn()
    assert bench.server.counters["crowded"] == 3
    assert [closed(c) for c in clients] == [False, False, True, True, True]
    bench.close()


def test_a_thousand_connections_at_once_leave_a_bounded_server() -> None:
    bench = Bench(limits=Limits(connections=8), app=lambda r: b"ok")
    socks = []
    for i in range(1_000):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", bench.server.port))
        socks.append(sock)
        if i % 4 == 0:
            bench.turn(steps=1)
    for sock in socks:
        sock.close()
    bench.turn(steps=300, ms=20)
    assert status(bench.talk(get())) == 200
    bench.close()


def test_one_step_parses_a_bounded_number_of_requests() -> None:
    bench = Bench(limits=Limits(requests_per_step=2))
    for _ in range(6):
        bench.client().sendall(get())
    bench.turn(steps=2)
    assert len(bench.heard) <= 4
    bench.turn(steps=4)
    assert len(bench.heard) == 6
    bench.close()


def test_when_the_system_has_no_more_files_accepting_rests_and_is_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:

    door = bench.server._door
    real = door._listener
    client = bench.client()
    client.sendall(get())
    monkeypatch.setattr(door, "_listener", _Refusing(real))
    bench.turn(steps=50)
    assert door.errors == 1
    monkeypatch.setattr(door, "_listener", real)
    bench.turn(steps=20, ms=100)
    assert status(heard(client)) == 200


class _Refusing:
    """A listening socket on a machine without free file numbers."""

    def __init__(self, real: socket.socket) -> None:
        self._real = real

    def accept(self) -> tuple[socket.socket, object]:
        raise OSError(24, "Too many open files")

    def fileno(self) -> int:
        return self._real.fileno()

    def close(self) -> None:
        self._real.close()


LINES = (
    b"GET / HTTP/1.1", b"Host: x", b"", b"POST /a HTTP/1.1", b"Content-Length: 5", b"Expect: 100-continue",
    b"Connection: Upgrade", b"Upgrade: websocket", b"Transfer-Encoding: chunked", b"CONNECT a:1 HTTP/1.1",
    b"HEAD / HTTP/1.0", b"Connection: close",
)  # fmt: skip
PIECES = st.sampled_from([line + b"\r\n" for line in LINES] + [b"\n", b"abcde", b"\x00", b"\xff\xfe"])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=40), max_size=14), st.integers(0, 2**32))
def test_no_bytes_whatsoever_raise_or_wedge_the_server(pieces: list[bytes], seed: int) -> None:
    bench = Bench(app=lambda r: b"ok")
    dice = random.Random(seed)
    client = bench.client()
    for piece in pieces:
        try:
            client.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            break
        bench.turn(steps=1, ms=dice.choice((0, 50)))
    if dice.random() < 0.5:
        client.close()
    assert status(bench.talk(get("/after"))) == 200
    bench.turn(steps=60, ms=500)
    assert not bench.server._connections
    bench.close()
