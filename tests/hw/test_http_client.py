"""One GET at a time without waiting: whole answers in pieces, kept connections, bounds, refusals."""

from __future__ import annotations

import pytest

from hw.http_client import HttpClient, HttpError, HttpReply
from tests.hw.fakes import ScriptPort, ScriptStream

PATH = "/apps/api/1/devices/3/refresh?access_token=s3cret"


def answer(body: bytes = b"{}", status: int = 200, more: str = "") -> bytes:
    return f"HTTP/1.1 {status} OK\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


class Bench:
    """A client on a hand-made port."""

    def __init__(self, most_bytes: int = 100) -> None:
        self.port = ScriptPort()
        self.client = HttpClient(
            self.port, "hub", deadline_ms=1000, most_bytes=most_bytes, headers=(("user-agent", "us"),)
        )

    @property
    def stream(self) -> ScriptStream:
        assert self.port.up is not None
        return self.port.up

    def ask(self) -> None:
        self.client.ask(PATH, 0)
        assert self.client.step(0) is None


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.ask()
    return bench


def test_the_question_is_a_get_with_our_headers(bench: Bench) -> None:
    first, *headers = bench.stream.sent.decode().removesuffix("\r\n\r\n").split("\r\n")
    assert first == f"GET {PATH} HTTP/1.1"
    assert sorted(headers, key=str.lower) == ["accept-encoding: identity", "host: hub", "user-agent: us"]


def test_a_question_goes_out_in_pieces_and_an_answer_comes_in_pieces() -> None:
    bench = Bench()
    bench.stream.accept = 7
    bench.ask()
    for ms in range(40):
        assert bench.client.step(ms) is None
    assert bench.stream.sent.startswith(b"GET /apps")
    assert bench.stream.sent.endswith(b"\r\n\r\n")
    bench.stream.inbox = [x for byte in answer(b'{"a":1}') for x in (bytes((byte,)), None)]
    replies = [bench.client.step(100) for _ in range(len(answer(b'{"a":1}')))]
    assert replies[-1] == HttpReply(200, b'{"a":1}')
    assert replies[:-1] == [None] * (len(replies) - 1)
    assert not bench.client.busy


def test_a_chunked_answer_and_one_that_ends_with_the_connection_are_whole_too(bench: Bench) -> None:
    bench.stream.inbox = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{", b"}\r\n0\r\n\r\n"]
    assert bench.client.step(1) == HttpReply(200, b"{}")
    bench.ask()
    bench.stream.inbox = [b"HTTP/1.0 200 OK\r\n\r\n{ }", b""]
    assert bench.client.step(1) == HttpReply(200, b"{ }")
    assert bench.port.drops == ["released"]


def test_a_kept_connection_is_used_again_and_one_that_has_gone_is_replaced(bench: Bench) -> None:
    first = bench.stream
    first.inbox = [answer()]
    assert bench.client.step(1) is not None
    bench.ask()
    assert bench.stream is first
    first.inbox = [b""]
    assert bench.client.step(2) is None, "the server had hung up meanwhile"
    assert bench.stream is not first
    bench.client.step(3)
    bench.stream.inbox = [answer(b"[]")]
    assert bench.client.step(4) == HttpReply(200, b"[]")


def test_a_redirection_says_where_to(bench: Bench) -> None:
    bench.stream.inbox = [answer(b"", 301, "Location: /elsewhere\r\n")]
    assert bench.client.step(1) == HttpReply(301, b"", "/elsewhere")


@pytest.mark.parametrize(
    ("inbox", "words"),
    [
        ([b"\x16\x03\x01 nonsense\r\n\r\n"], "hub: what it answers is not HTTP"),
        ([b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 5000], "hub: what it answers is not HTTP"),
        ([b""], "hub: closed the connection without an answer."),
        ([answer(b"{}")[:-1], b""], "hub: what it answers is not HTTP"),
        ([answer(b"x" * 101)], "hub: answers with too much."),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"9\r\n123456789\r\n" * 20],
         "hub: answers with too much."),
        ([OSError("hub:80: Connection reset by peer.")], "hub:80: Connection reset by peer."),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_an_error_that_never_shows_the_path(
    bench: Bench, inbox: list[bytes | OSError | None], words: str
) -> None:
    bench.stream.inbox = inbox
    with pytest.raises(HttpError) as caught:
        bench.client.step(1)
    assert str(caught.value).startswith(words)
    assert "s3cret" not in str(caught.value)
    assert not bench.client.busy
    assert bench.port.drops == [str(caught.value)]


def test_a_whole_answer_must_come_before_the_deadline(bench: Bench) -> None:
    bench.stream.inbox = [answer()[:20]]
    assert bench.client.step(1000) is None
    with pytest.raises(HttpError, match="hub: no whole answer within 1 s"):
        bench.client.step(1001)


def test_without_a_connection_the_deadline_says_why() -> None:
    bench = Bench()
    bench.port.up, bench.port.words = None, "hub:80: connection refused."
    bench.ask()
    with pytest.raises(HttpError, match="connection refused"):
        bench.client.step(1001)


def test_a_flood_is_taken_in_bounded_bites() -> None:
    bench = Bench(most_bytes=10_000_000)
    bench.ask()
    body = b"x" * 1_000_000
    data = answer(body)
    bench.stream.inbox = [data[at : at + 16_384] for at in range(0, len(data), 16_384)]
    left = len(bench.stream.inbox)
    ticks = 0
    while bench.client.step(1) is None:
        ticks += 1
        assert left - len(bench.stream.inbox) <= 4
        left = len(bench.stream.inbox)
    assert ticks >= 15
