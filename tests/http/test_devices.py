"""The device listener hands posts over unread, answers by ticket, and of itself says 200 only to /ping."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from proto.devices import DeviceListener
from proto.http import ListenError
from states.image import Answer, Now, Post
from tests.http.bench import get, heard, post, status


@pytest.fixture
def listener() -> Iterator[DeviceListener]:
    found = DeviceListener("127.0.0.1", 0)
    yield found
    found.close()


def now(net_ms: int = 1_000) -> Now:
    return Now(0, 0, net_ms)


def caller(listener: DeviceListener, data: bytes) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", listener.port), timeout=2)
    sock.settimeout(0)
    sock.sendall(data)
    return sock


def hear(listener: DeviceListener, steps: int = 3) -> tuple[Post, ...]:
    found: tuple[Post, ...] = ()
    for _ in range(steps):
        found += listener.receive(now())
    return found


def test_a_post_is_handed_over_byte_for_byte_and_answered_with_what_the_rig_says(
    listener: DeviceListener,
) -> None:
    sock = caller(listener, post("/buffer/microvolts", b'{"not even": json'))
    (heard_post,) = hear(listener)
    assert (heard_post.method, heard_post.path) == ("POST", "/buffer/microvolts")
    assert heard_post.body == b'{"not even": json'
    listener.answer((Answer(heard_post.ticket, 200, b'{"CapturePeriodS":60}', "text/plain"),))
    answer = heard(sock)
    assert status(answer) == 200
    assert answer.endswith(b'\r\n\r\n{"CapturePeriodS":60}')
    sock.close()


def test_four_modules_of_one_address_are_heard_in_two_ticks(listener: DeviceListener) -> None:
    socks = [caller(listener, post(f"/tank{i}/microvolts", b"{}")) for i in range(4)]
    assert sorted(p.path for p in hear(listener, steps=2)) == [f"/tank{i}/microvolts" for i in range(4)]
    for sock in socks:
        sock.close()


def test_ping_says_pong_and_nobody_else_hears_of_it(listener: DeviceListener) -> None:
    sock = caller(listener, get("/ping"))
    assert hear(listener) == ()
    assert heard(sock).endswith(b"\r\n\r\npong")
    sock.close()


def test_an_unanswered_post_gets_a_503_and_not_a_200_that_would_be_taken_for_firmware(
    listener: DeviceListener,
) -> None:
    sock = caller(listener, post("/tank1/code-update", b"{}"))
    (heard_post,) = hear(listener)
    listener.receive(now(3_200))
    assert status(heard(sock)) == 503
    listener.answer((Answer(heard_post.ticket, 200, b""),))
    sock.close()


def test_other_methods_are_turned_away(listener: DeviceListener) -> None:
    sock = caller(listener, b"DELETE /buffer HTTP/1.1\r\nHost: x\r\n\r\n")
    assert hear(listener) == ()
    assert status(heard(sock)) == 405
    sock.close()


def test_a_query_is_not_part_of_the_path(listener: DeviceListener) -> None:
    sock = caller(listener, post("/00-11-22?x=1", b"{}"))
    assert hear(listener)[0].path == "/00-11-22"
    sock.close()


def test_ten_megabytes_are_refused_before_they_are_sent(listener: DeviceListener) -> None:
    sock = caller(
        listener, b"POST /buffer/microvolts HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
    )
    assert hear(listener) == ()
    assert status(heard(sock)) == 413
    sock.close()


def test_a_busy_port_names_the_devices_table(listener: DeviceListener) -> None:
    with pytest.raises(ListenError, match=rf"Port {listener.port}.*\[devices\]"):
        DeviceListener("127.0.0.1", listener.port)
