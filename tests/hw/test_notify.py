"""sd_notify without waiting: messages, abstract addresses, a full queue, a missing socket."""

from __future__ import annotations

import os
import socket as so
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw.notify import Notifier, notifier_from, watchdog_ms
from tests.hw.servers import open_files


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[so.socket, str]]:
    """A service manager's socket and the address it gives out."""
    sock = so.socket(so.AF_UNIX, so.SOCK_DGRAM)
    sock.setblocking(False)
    if request.param == "path":
        address = str(tmp_path / "notify")
        sock.bind(address)
    else:
        address = f"@spaceheat-test-{os.getpid()}"
        sock.bind("\0" + address[1:])
    yield sock, address
    sock.close()


def test_every_message_arrives_word_for_word(manager: tuple[so.socket, str]) -> None:
    sock, address = manager
    notifier = notifier_from({"NOTIFY_SOCKET": address})
    assert notifier.listening
    assert notifier.ready()
    assert notifier.watchdog()
    assert notifier.status("simulated\nhouse")
    assert notifier.stopping()
    heard = [sock.recv(1000) for _ in range(4)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"STATUS=simulated house", b"STOPPING=1"]
    assert (notifier.sent, notifier.dropped) == (4, 0)
    notifier.close()


def test_a_status_that_did_not_change_is_not_repeated(manager: tuple[so.socket, str]) -> None:
    notifier = Notifier(manager[1])
    assert notifier.status("HomeAlone")
    assert not notifier.status("HomeAlone")
    assert notifier.status("Dormant")
    assert notifier.sent == 2
    notifier.close()


def test_a_manager_that_does_not_read_is_never_waited_for(manager: tuple[so.socket, str]) -> None:
    notifier = Notifier(manager[1])
    results = [notifier.watchdog() for _ in range(5000)]
    assert results[0]
    assert not results[-1]
    assert notifier.dropped == results.count(False)
    notifier.close()


def test_a_missing_socket_is_counted_and_nothing_else(tmp_path: Path) -> None:
    notifier = Notifier(str(tmp_path / "gone"))
    assert not notifier.ready()
    assert notifier.dropped == 1
    notifier.close()


def test_without_a_manager_nothing_happens() -> None:
    before = open_files()
    notifier = notifier_from({})
    assert not notifier.listening
    assert not notifier.ready()
    assert (notifier.sent, notifier.dropped) == (0, 0)
    assert open_files() == before


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WATCHDOG_USEC": "20000000"}, 20_000),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "42"}, 20_000),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "7"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_period_is_what_systemd_says(environ: dict[str, str], expected: int | None) -> None:
    assert watchdog_ms(environ, 42) == expected
