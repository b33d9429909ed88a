"""The network hangs, each part of it in turn: no tick is over 50 ms because of it.

On a shared machine any process may be paused, so each case has three runs: a call that blocks spoils all.
"""

from __future__ import annotations

import contextlib
import random
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from hw.clock import RealClock
from hw.dial import Dialer
from hw.tls import tls_context
from layouts.settings import Peer, Settings
from proto.open import MakeDialer, mqtt_pipes
from scada import Ledger, serve
from tests.own_time import own_time_ns
from tests.program.house import program

SECONDS = 6.0
WORST_MS = 50.0
HANG_FOR_EVER = ("sh", "-c", "exec sleep 60", "getent")


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port whose queue is full: connects are neither accepted nor refused."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        fillers.append(filler)
    yield listener.getsockname()[1]
    for sock in (*fillers, listener):
        sock.close()


@contextlib.contextmanager
def mute() -> Iterator[int]:
    """A port that accepts (the kernel does) and never says a word."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    yield listener.getsockname()[1]
    listener.close()


def dialer(host: str, port: int, tls: ssl.SSLContext | None) -> Dialer:
    return Dialer(host, port, tls)


def lost_in_lookup(host: str, port: int, tls: ssl.SSLContext | None) -> Dialer:
    return Dialer("broker.example", port, tls, lookup=HANG_FOR_EVER)


CASES: dict[str, tuple[Callable[[], contextlib.AbstractContextManager[int]], MakeDialer, bool, str]] = {
    # where it hangs: what listens, how it is dialled, TLS, the state the pipe must be caught in
    "name lookup": (mute, lost_in_lookup, False, "dialing"),
    "connect": (black_hole, dialer, False, "dialing"),
    "TLS handshake": (mute, dialer, True, "dialing"),
    "broker": (mute, dialer, False, "connecting"),
}


def worst_tick_ms(port: int, dial: MakeDialer, tls: bool) -> tuple[float, set[str]]:
    """(worst tick of a few seconds, states the upstream pipe was seen in)."""
    site = replace(Settings(), upstream=Peer(host="127.0.0.1", port=port, tls=tls))
    scada = program(
        RealClock(), tick_ms=50, settings=site, make_pipe=mqtt_pipes(dial, tls_context, random.Random(1))
    )
    scada.ledger = Ledger(50.0, own_time_ns)
    link = scada.parts.links.links["gridworks_mqtt"]
    seen: set[str] = set()
    end = time.monotonic() + SECONDS

    def reason() -> str:
        seen.add(link.pipe.status.state)
        return "enough" if time.monotonic() > end else ""

    serve(scada, reason)
    return scada.ledger.figures()["max_ms"], seen


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_no_tick_is_over_fifty_ms_because_the_network_hangs(case: str) -> None:
    listen, dial, tls, caught_in = CASES[case]
    worst = []
    for _ in range(3):
        with listen() as port:
            worst_ms, seen = worst_tick_ms(port, dial, tls)
        assert caught_in in seen
        assert "up" not in seen
        worst.append(round(worst_ms, 1))
        if worst_ms <= WORST_MS:
            return
    pytest.fail(f"three runs, and in each a tick was over {WORST_MS} ms: {worst}")
