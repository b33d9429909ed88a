"""The HTTP server keeps its word to good clients: requests whole, answers whole, connections kept."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from proto.http import HttpServer, Limits, ListenError, Request
from tests.http.bench import TEXT, Bench, closed, get, heard, post, status


@pytest.fixture
def bench() -> Iterator[Bench]:
    b = Bench(app=lambda r: f"{r.method} {r.target} {len(r.body)}".encode())
    yield b
    b.close()


def test_a_request_is_answered_in_the_step_after_it_arrived(bench: Bench) -> None:
    client = bench.client()
    client.sendall(get("/hello"))
    bench.turn(steps=1)
    answer = heard(client)
    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\nGET /hello 0")


def test_headers_query_and_peer_reach_the_program(bench: Bench) -> None:
    bench.talk(get("/a/b?c=1&d", "X-Thing: One", "x-thing: two"))
    (request,) = bench.heard
    assert (request.path, request.query, request.peer) == ("/a/b", "c=1&d", "127.0.0.1")
    assert request.header("x-thing") == "One"
    assert request.header("absent") == ""


def test_a_body_that_comes_in_pieces_is_put_together(bench: Bench) -> None:
    client = bench.client()
    for byte in post("/x", b"0123456789"):
        client.sendall(bytes([byte]))
        bench.turn(steps=1)
    assert heard(client).endswith(b"POST /x 10")
    assert bench.heard[0].body == b"0123456789"


def test_one_connection_serves_many_requests(bench: Bench) -> None:
    client = bench.client()
    for i in range(5):
        client.sendall(get(f"/{i}"))
        bench.turn(steps=1)
        assert heard(client).endswith(f"GET /{i} 0".encode())
    assert bench.server.counters["accepted"] == 1


def test_requests_sent_at_once_are_answered_in_order(bench: Bench) -> None:
    answer = bench.talk(get("/1") + post("/2", b"abc") + get("/3"), steps=6)
    assert [answer.index(x) for x in (b"GET /1", b"POST /2 3", b"GET /3")] == sorted(
        answer.index(x) for x in (b"GET /1", b"POST /2 3", b"GET /3")
    )


def test_nothing_more_is_read_while_an_answer_is_owed() -> None:
    bench = Bench()
    client = bench.client()
    client.sendall(get("/1") + get("/2"))
    bench.turn()
    assert [r.target for r in bench.heard] == ["/1"]
    bench.server.reply(bench.heard[0].ticket, 200, TEXT, b"one")
    bench.turn()
    assert [r.target for r in bench.heard] == ["/1", "/2"]
    bench.close()


def test_head_gets_the_length_and_no_body(bench: Bench) -> None:
    answer = bench.talk(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + get("/next"))
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert b"content-length: 8" in head
    assert rest.startswith(b"HTTP/1.1 200")


def test_http_1_0_is_answered_and_closed(bench: Bench) -> None:
    client = bench.client()
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    bench.turn()
    assert heard(client).endswith(b"GET / 0")
    assert closed(client)


def test_connection_close_is_honoured(bench: Bench) -> None:
    client = bench.client()
    client.sendall(get("/", "Connection: close"))
    bench.turn()
    assert heard(client).endswith(b"GET / 0")
    assert closed(client)


def test_expect_continue_is_answered_before_the_body(bench: Bench) -> None:
    client = bench.client()
    client.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    bench.turn()
    assert heard(client).startswith(b"HTTP/1.1 100")
    client.sendall(b"abc")
    bench.turn()
    assert heard(client).endswith(b"POST /x 3")


def test_a_large_body_goes_out_in_slices_while_others_are_served() -> None:
    big = bytes(3_000_000)
    bench = Bench(app=lambda r: big if r.path == "/big" else b"small")
    slow = bench.client()
    slow.sendall(get("/big"))
    bench.turn()
    assert bench.talk(get("/")).endswith(b"small")
    got = 0
    for _ in range(200):
        got += len(heard(slow))
        if got > len(big):
            break
        before = bench.server.counters["bytes_out"]
        bench.turn(steps=1)
        assert bench.server.counters["bytes_out"] - before <= bench.server.limits.bytes_out_per_step
    assert got > len(big)
    bench.close()


def test_a_long_body_is_made_as_it_is_taken() -> None:
    bench = Bench(limits=Limits(chunks_per_step=2))
    made: list[int] = []

    def pieces() -> Iterator[bytes]:
        for i in range(7):
            made.append(i)
            yield b"[%d]" % i

    client = bench.client()
    client.sendall(get())
    bench.turn(steps=1)
    bench.server.reply(bench.heard[0].ticket, 200, TEXT, pieces())
    assert made == []
    bench.turn(steps=1)
    assert made == [0, 1]
    bench.turn(steps=4)
    answer = heard(client)
    assert b"transfer-encoding: chunked" in answer.lower()
    assert answer.endswith(b"0\r\n\r\n")
    assert [answer.index(b"[%d]" % i) for i in range(7)] == sorted(
        answer.index(b"[%d]" % i) for i in range(7)
    )
    client.sendall(get())
    bench.turn()
    assert len(bench.heard) == 2
    bench.close()


def test_an_answer_to_a_client_that_left_says_so() -> None:
    bench = Bench()
    client = bench.client()
    client.sendall(get())
    bench.turn()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    client.close()
    ticket = bench.heard[0].ticket
    bench.server.reply(ticket, 200, TEXT, bytes(100))
    bench.turn()
    assert bench.server.reply(ticket, 200, TEXT, b"again") is False
    assert bench.server.reply(999, 200, TEXT, b"never asked") is False
    bench.close()


def test_a_stream_stays_open_and_everyone_hears_it() -> None:
    bench = Bench()
    clients = [bench.client() for _ in range(3)]
    for client in clients:
        client.sendall(get("/stream"))
    bench.turn()
    for request in bench.heard:
        assert bench.server.open_stream(request.ticket, (("content-type", "text/event-stream"),))
    bench.server.push(b"data: one\n\n")
    bench.turn(steps=3, ms=100_000)
    bench.server.push(b"data: two\n\n")
    for client in clients:
        got = heard(client)
        assert b"data: one\n\n" in got
        assert b"data: two\n\n" in got
    assert bench.server.streams == 3
    bench.close()


def test_a_stream_whose_client_leaves_is_noticed() -> None:
    bench = Bench()
    client = bench.client()
    client.sendall(get())
    bench.turn()
    bench.server.open_stream(bench.heard[0].ticket, ())
    client.close()
    bench.turn()
    assert bench.server.streams == 0
    bench.close()


def test_a_stream_may_be_spoken_to_alone() -> None:
    bench = Bench()
    first, second = bench.client(), bench.client()
    for client in (first, second):
        client.sendall(get())
        bench.turn()
    for request in bench.heard:
        bench.server.open_stream(request.ticket, ())
    bench.server.push(b"for you", only=bench.heard[1].ticket)
    assert b"for you" not in heard(first)
    assert b"for you" in heard(second)
    bench.close()


def test_a_busy_port_is_named_with_its_setting() -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    with pytest.raises(ListenError, match=rf"Port {port} on 127\.0\.0\.1 is already taken.*\[page\]"):
        HttpServer("127.0.0.1", port, Limits())
    taken.close()


@pytest.mark.parametrize("listen", ["no.such.host.invalid", "300.1.1.1", "a b"])
def test_an_address_that_is_none_gets_a_sentence_and_no_name_lookup(listen: str) -> None:
    with pytest.raises(ListenError, match=r"\[devices\].*not an address"):
        HttpServer(listen, 0, Limits(), "devices")


def test_a_foreign_address_gets_a_sentence() -> None:
    with pytest.raises(ListenError, match="not an address of this machine"):
        HttpServer("192.0.2.1", 0, Limits())


def test_an_impossible_port_gets_a_sentence() -> None:
    with pytest.raises(ListenError, match="port = 70000"):
        HttpServer("127.0.0.1", 70000, Limits())


def test_ipv6_loopback_serves() -> None:
    try:
        server = HttpServer("::1", 0, Limits())
    except ListenError as error:
        if "not an address of this machine" not in str(error):
            raise
        pytest.skip("this machine has no IPv6 loopback")
    client = socket.create_connection(("::1", server.port), timeout=2)
    client.sendall(get("/six"))
    server.step(0)
    arrived: list[Request] = server.requests()
    assert arrived[0].target == "/six"
    client.close()
    server.close()


def test_after_close_the_port_is_free_again() -> None:
    first = HttpServer("127.0.0.1", 0, Limits())
    first.close()
    second = HttpServer("127.0.0.1", first.port, Limits())
    assert second.port == first.port
    second.close()
