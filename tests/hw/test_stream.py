"""Streams that never wait, and the port that dials them with a growing pause."""

from __future__ import annotations

import itertools
import socket as so
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw.bus import Stream
from hw.dial import Dialer
from hw.stream import SocketStream, TcpPort
from hw.tls import tls_context
from tests.hw.servers import Certificates, Server, dial, eventually, free_port, serving


@pytest.fixture
def pair() -> Iterator[tuple[SocketStream, so.socket]]:
    ours, theirs = so.socketpair()
    stream = SocketStream(ours, "peer:1")
    yield stream, theirs
    stream.close()
    theirs.close()


def test_nothing_yet_is_none_and_closed_is_empty(pair: tuple[SocketStream, so.socket]) -> None:
    stream, theirs = pair
    assert stream.recv(10) is None
    theirs.send(b"abc")
    assert stream.recv(2) == b"ab"
    assert stream.recv(2) == b"c"
    theirs.close()
    assert stream.recv(2) == b""


def test_a_full_pipe_takes_what_fits_and_then_nothing_and_never_waits(
    pair: tuple[SocketStream, so.socket],
) -> None:
    stream, theirs = pair
    chunk = bytes(65_536)
    sent = 0
    while taken := stream.send(chunk):
        sent += taken
    assert sent > 0
    assert stream.send(chunk) == 0
    theirs.recv(65_536)
    theirs.recv(65_536)
    assert eventually(lambda: stream.send(chunk) > 0)


def test_a_broken_pipe_is_an_error_with_a_sentence(pair: tuple[SocketStream, so.socket]) -> None:
    stream, theirs = pair
    theirs.close()
    with pytest.raises(OSError, match=r"peer:1: .*\."):
        stream.send(b"x")
    stream.close()
    with pytest.raises(OSError, match="peer:1"):
        stream.recv(1)


def test_bytes_go_both_ways_through_tls(tmp_path: Path) -> None:
    certs = Certificates(tmp_path)
    with serving("tls", certs.server()) as server:
        dialer = Dialer("127.0.0.1", server.port, tls_context(certs.ca_file), "localhost")
        dial(dialer, server)
        sock = dialer.take()
        assert sock is not None
        stream, other = SocketStream(sock, "peer:1"), server.shaken[0]
        assert stream.recv(10) is None
        assert stream.send(b"question") == 8
        other.setblocking(True)
        assert other.recv(100) == b"question"
        other.send(b"answer")
        heard = bytearray()

        def all_heard() -> bool:
            heard.extend(stream.recv(3) or b"")
            return heard == b"answer"

        assert eventually(all_heard)
        other.close()
        assert eventually(lambda: stream.recv(1) == b"")
        stream.close()


# -------------------------------------------------------------------------------------------- the port


def open_port(port: TcpPort, server: Server, net_ms: int) -> Stream:
    found: list[Stream] = []

    def up() -> bool:
        server.step()
        stream = port.stream(net_ms)
        if stream is not None:
            found.append(stream)
        return bool(found)

    assert eventually(up)
    return found[0]


def test_a_port_gives_the_same_stream_until_it_is_dropped() -> None:
    with serving("plain") as server:
        port = TcpPort("127.0.0.1", server.port)
        assert port.words
        stream = open_port(port, server, 0)
        assert port.stream(1) is stream
        assert port.words == ""
        port.drop(2, "no answer")
        assert port.words == "no answer"
        assert port.stream(3) is None
        assert open_port(port, server, 2002) is not stream
        port.close()


def test_a_refused_port_is_dialled_less_and_less_often_down_to_every_five_minutes() -> None:
    port = TcpPort("127.0.0.1", free_port())
    dialled, times = 0, []
    for net_ms in range(0, 2_400_000, 100):
        assert port.stream(net_ms) is None
        if port.dials > dialled:
            dialled = port.dials
            times.append(net_ms)
    gaps = [round((b - a) / 1000) for a, b in itertools.pairwise(times)]
    assert gaps[:8] == [2, 4, 8, 16, 32, 64, 128, 256]
    assert set(gaps[8:]) == {300}
    assert "refused" in port.words
    port.close()


def test_the_pause_starts_anew_after_a_connection_that_brought_something() -> None:
    with serving("plain") as server:
        port = TcpPort("127.0.0.1", server.port)
        for net_ms in (0, 2_000, 6_000):
            open_port(port, server, net_ms)
            port.drop(net_ms, "silent")
        stream = open_port(port, server, 14_000)
        while len(server.peers) < 4:
            server.step()
        server.peers[-1].send(b"x")
        assert eventually(lambda: stream.recv(1) == b"x")
        port.drop(14_000, "over")
        open_port(port, server, 16_000)
        port.close()


def test_dropping_while_dialling_ends_the_attempt() -> None:
    port = TcpPort("127.0.0.1", free_port())
    port.drop(0, "not wanted")
    assert port.stream(1000) is None
    assert port.dials == 0
    port.close()
