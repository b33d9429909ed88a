"""The dialer against hosts that refuse, hang, stall and show bad certificates; it never waits."""

from __future__ import annotations

import socket as so
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from hw import dial as d
from hw import tls
from hw.dial import Dialer
from hw.tls import tls_context
from proto.mqtt import CERTIFICATE as LINK_CERTIFICATE
from proto.pipe import Dialer as LinkDialer
from tests.hw.servers import (
    Certificates,
    black_hole,
    children,
    dial,
    eventually,
    free_port,
    open_files,
    self_signed,
    serving,
)

SILENT = ("sh", "-c", "exec sleep 60")
"""A resolver that does not answer."""


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certs"))


def resolver(*addresses: str, status: int = 0) -> tuple[str, ...]:
    """A lookup that prints these addresses the way getent does."""
    lines = "".join(f"{address}   STREAM host\\n" for address in addresses)
    return ("sh", "-c", f"printf '{lines}'; exit {status}")


# -------------------------------------------------------------------------------------- name and TCP


def test_a_literal_address_needs_no_lookup() -> None:
    with serving("plain") as server:
        dialer = Dialer("127.0.0.1", server.port, lookup=("false",))
        dial(dialer, server)
        assert dialer.state == d.UP
        assert dialer.failed is None
        assert dialer.socket is not None
        assert not dialer.socket.getblocking()
        dialer.close()


def test_localhost_is_looked_up_by_the_system() -> None:
    with serving("plain") as server:
        dialer = Dialer("localhost", server.port)
        dial(dialer, server)
        assert dialer.state == d.UP
        dialer.close()


def test_the_next_address_is_tried_when_one_refuses() -> None:
    with serving("plain") as server:
        dialer = Dialer("host", server.port, lookup=resolver("127.0.0.2", "127.0.0.3", "127.0.0.1"))
        dial(dialer, server)
        assert dialer.state == d.UP
        assert dialer.socket is not None
        assert dialer.socket.getpeername()[0] == "127.0.0.1"
        dialer.close()


def test_an_ipv6_literal_is_no_name() -> None:
    dialer = Dialer("::1", free_port(), lookup=("false",))
    dial(dialer)
    assert dialer.cause in (d.REFUSED, d.UNREACHABLE)


def test_an_unknown_name_is_called_that() -> None:
    dialer = Dialer("no-such-host.invalid", 1, lookup=resolver(status=2))
    dial(dialer)
    assert dialer.cause == d.UNKNOWN_NAME
    assert dialer.failed == "no-such-host.invalid: the resolver does not know this name."


def test_a_resolver_that_prints_nonsense_is_a_failed_lookup() -> None:
    dialer = Dialer("host", 1, lookup=("printf", "<html>%s"))
    dial(dialer)
    assert dialer.cause == d.NO_LOOKUP


def test_a_missing_resolver_tool_is_named() -> None:
    dialer = Dialer("host", 1, lookup=("no-such-program-here",))
    dial(dialer)
    assert dialer.cause == d.NO_LOOKUP
    assert "no-such-program-here" in (dialer.failed or "")


@pytest.mark.parametrize("host", ["", "-x", "a\0b"])
def test_what_is_no_host_name_never_reaches_a_command_line(host: str) -> None:
    dialer = Dialer(host, 1, lookup=resolver("127.0.0.1"))
    dial(dialer)
    assert "is not a host name" in (dialer.failed or "")


def test_a_dead_resolver_is_given_up_after_five_seconds_killed_and_reaped() -> None:
    dialer = Dialer("host", 1, lookup=SILENT)
    net_ms = dial(dialer, ms_per_step=100)
    assert dialer.cause == d.DEAD_RESOLVER
    assert d.NAME_MS < net_ms <= d.NAME_MS + 200

    def reaped() -> bool:
        dialer.step(net_ms)
        return children() == []

    assert eventually(reaped)


def test_the_last_good_address_is_used_while_the_resolver_is_dead(tmp_path: Path) -> None:
    script = tmp_path / "lookup"
    script.write_text("#!/bin/sh\necho '127.0.0.1 STREAM host'\n")
    script.chmod(0o755)
    with serving("plain") as server:
        dialer = Dialer("host", server.port, lookup=(str(script),))
        dial(dialer, server)
        assert dialer.state == d.UP
        dialer.close()
        script.write_text("#!/bin/sh\nexec sleep 60\n")
        dial(dialer, server, ms_per_step=100)
        assert dialer.state == d.UP
        dialer.close()


def test_a_refused_connection_is_called_that() -> None:
    port = free_port()
    dialer = Dialer("127.0.0.1", port)
    dial(dialer)
    assert dialer.cause == d.REFUSED
    assert dialer.failed == f"127.0.0.1:{port}: Connection refused."


def test_a_black_hole_is_given_up_after_ten_seconds() -> None:
    with black_hole() as port:
        dialer = Dialer("127.0.0.1", port)
        net_ms = dial(dialer, ms_per_step=500)
        assert dialer.cause == d.BLACK_HOLE
        assert d.CONNECT_MS < net_ms <= d.CONNECT_MS + 1500


def test_many_black_holes_are_given_up_after_thirty_seconds_in_all() -> None:
    hosts = [f"127.0.0.{i}" for i in range(2, 7)]
    with black_hole(*hosts) as port:
        dialer = Dialer("host", port, lookup=resolver(*hosts))
        net_ms = dial(dialer, ms_per_step=100)
        assert dialer.cause == d.TOO_LONG
        assert d.TOTAL_MS < net_ms <= d.TOTAL_MS + 500


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_that_is_none_fails_with_a_sentence(port: int) -> None:
    dialer = Dialer("127.0.0.1", port)
    dial(dialer)
    assert dialer.state == d.FAILED
    assert "127.0.0.1" in (dialer.failed or "")


# ------------------------------------------------------------------------------------------- TLS


def connect(certs: Certificates, context: ssl.SSLContext, name: str = "localhost") -> Dialer:
    with serving("tls", context) as server:
        dialer = Dialer("127.0.0.1", server.port, tls_context(certs.ca_file), name)
        dial(dialer, server)
        return dialer


def test_a_good_certificate_is_accepted(certs: Certificates) -> None:
    dialer = connect(certs, certs.server())
    assert dialer.failed is None
    assert isinstance(dialer.socket, ssl.SSLSocket)
    assert dialer.socket.version() == "TLSv1.3"
    dialer.close()


BAD: list[tuple[str, str, Callable[[Certificates, Path], ssl.SSLContext]]] = [
    ("expired", tls.EXPIRED, lambda certs, _: certs.expired()),
    ("not-yet-valid", tls.NOT_YET_VALID, lambda certs, _: certs.not_yet()),
    ("wrong-name", tls.WRONG_NAME, lambda certs, _: certs.server("elsewhere.example")),
    ("unknown-ca", tls.UNKNOWN_CA, lambda _, folder: Certificates(folder).server()),
    ("self-signed", tls.SELF_SIGNED, lambda _, folder: self_signed(folder)),
]


@pytest.mark.parametrize(("cause", "make"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_certificate_is_refused_and_named(
    certs: Certificates,
    tmp_path: Path,
    cause: str,
    make: Callable[[Certificates, Path], ssl.SSLContext],
) -> None:
    context, before = make(certs, tmp_path), open_files()
    dialer = connect(certs, context)
    assert open_files() == before
    assert (dialer.state, dialer.cause) == (d.CERTIFICATE, cause)
    assert dialer.socket is None
    assert cause in (dialer.failed or "")


@pytest.mark.parametrize("kind", ["expired", "not_yet", "wrong name"])
def test_while_our_clock_is_not_set_a_certificate_out_of_its_time_is_tried_again_soon(
    certs: Certificates, kind: str
) -> None:
    name = "elsewhere.example" if kind == "wrong name" else "localhost"
    context = certs.server(name) if kind == "wrong name" else getattr(certs, kind)()
    with serving("tls", context) as server:
        tls_ours = tls_context(certs.ca_file)
        dialer = Dialer("127.0.0.1", server.port, tls_ours, "localhost", clock_is_set=lambda: False)
        dial(dialer, server)
        assert dialer.state == (d.CERTIFICATE if kind == "wrong name" else d.FAILED)


def test_every_bad_certificate_has_its_own_words() -> None:
    assert len({row[1] for row in BAD}) == len(BAD)


@pytest.mark.parametrize("tls_1_2", [False, True])
@pytest.mark.parametrize("ours", ["none", "foreign"])
def test_a_server_that_rejects_our_certificate_is_told_from_the_rest(
    certs: Certificates, tls_1_2: bool, ours: str
) -> None:
    files = ("", "") if ours == "none" else certs.client_files(trustme.CA())
    with serving("tls", certs.demanding(tls_1_2)) as server:
        dialer = Dialer("127.0.0.1", server.port, tls_context(certs.ca_file, *files), "localhost")
        dial(dialer, server)
        vague = tls_1_2 and ours == "none"
        expected = tls.TURNED_AWAY if vague else tls.OURS_REJECTED
        assert (dialer.state, dialer.cause) == (d.CERTIFICATE, expected)


def test_a_server_that_accepts_our_certificate_is_up_without_the_whole_settling_time(
    certs: Certificates,
) -> None:
    with serving("tls", certs.demanding()) as server:
        context = tls_context(certs.ca_file, *certs.client_files())
        dialer = Dialer("127.0.0.1", server.port, context, "localhost")
        net_ms = dial(dialer, server)
        assert dialer.state == d.UP
        assert net_ms < d.SETTLE_MS
        dialer.close()


def test_a_stalled_handshake_is_given_up_after_ten_seconds(certs: Certificates) -> None:
    with serving("stall") as server:
        dialer = Dialer("127.0.0.1", server.port, tls_context(certs.ca_file))
        net_ms = dial(dialer, server, ms_per_step=100)
        assert dialer.cause == d.TLS_STALLED
        assert d.TLS_MS < net_ms <= d.TLS_MS + 500


@pytest.mark.parametrize(("mode", "cause"), [("http", tls.NOT_TLS), ("hangup", tls.CLOSED)])
def test_a_port_that_does_not_speak_tls_is_called_that(certs: Certificates, mode: str, cause: str) -> None:
    with serving(mode) as server:
        dialer = Dialer("127.0.0.1", server.port, tls_context(certs.ca_file))
        dial(dialer, server)
        assert (dialer.state, dialer.cause) == (d.FAILED, cause)


def test_a_server_that_speaks_first_loses_no_byte_unnoticed(certs: Certificates) -> None:
    with serving("talk", certs.server()) as server:
        dialer = Dialer("127.0.0.1", server.port, tls_context(certs.ca_file), "localhost")
        dial(dialer, server)
        if dialer.state == d.FAILED:
            assert "spoke before it was spoken to" in (dialer.failed or "")
        else:
            sock = dialer.take()
            assert sock is not None
            sock.settimeout(5)
            assert sock.recv(100) == b"220 hello\r\n"
            sock.close()


def test_tls_below_1_2_is_refused(certs: Certificates) -> None:
    context = tls_context(certs.ca_file)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize(
    "files", [("missing.pem", "", ""), ("", "c.pem", ""), ("", "", "k.pem"), ("", "c", "k")]
)
def test_files_that_cannot_be_used_are_named_at_start(files: tuple[str, str, str]) -> None:
    with pytest.raises(OSError, match=r"cannot be used|name both"):
        tls_context(*files)


# ------------------------------------------------------------------------------------- no leaks, no waits


def test_close_ends_every_phase_and_nothing_stays_open(certs: Certificates) -> None:
    context = tls_context(certs.ca_file)
    before = open_files()
    with serving("stall") as server, black_hole() as hole:
        inside = open_files()
        for _ in range(20):
            for dialer in (
                Dialer("host", 1, lookup=SILENT),
                Dialer("127.0.0.1", hole),
                Dialer("127.0.0.1", server.port, context),
                Dialer("127.0.0.1", free_port()),
            ):
                dialer.start(0)
                for ms in range(5):
                    dialer.step(ms)
                dialer.close()
                dialer.close()
                assert dialer.state == d.IDLE
        server.step()
        for peer in server.peers:
            peer.close()
        assert open_files() <= inside
    assert open_files() <= before
    assert eventually(lambda: _reap() and children() == [])


def _reap() -> bool:
    """Killed lookups are collected by the next lookup of the process at the latest."""
    dialer = Dialer("host", 1, lookup=("true",))
    dial(dialer)
    return True


def test_failed_dials_leave_no_file_open(certs: Certificates) -> None:
    context = tls_context(certs.ca_file)
    with serving("tls", certs.expired()) as server, serving("http") as http:
        dialers = [
            Dialer("127.0.0.1", server.port, context, "localhost"),
            Dialer("127.0.0.1", http.port, context),
            Dialer("127.0.0.1", free_port()),
            Dialer("host", 1, lookup=("false",)),
        ]
        counts = []
        for _ in range(10):
            for dialer, there in zip(dialers, (server, http, None, None), strict=True):
                dial(dialer, there)
                assert dialer.failed is not None
            for peer in http.peers:
                peer.close()
            counts.append(open_files())
        assert counts[-1] <= counts[1]


def test_starting_again_gives_up_the_attempt_before() -> None:
    with black_hole() as hole:
        dialer = Dialer("127.0.0.1", hole)
        dialer.start(0)
        before = open_files()
        for i in range(20):
            dialer.start(i)
        assert open_files() == before
        dialer.close()


def test_a_taken_socket_is_the_takers_to_close() -> None:
    with serving("plain") as server:
        dialer = Dialer("127.0.0.1", server.port)
        dial(dialer, server)
        sock = dialer.take()
        dialer.close()
        assert isinstance(sock, so.socket)
        assert sock.fileno() >= 0
        assert dialer.take() is None
        sock.close()


def test_it_has_the_shape_a_link_wants() -> None:
    dialer: LinkDialer = Dialer("127.0.0.1", 1)
    assert (dialer.state, dialer.socket, dialer.failed) == (d.IDLE, None, None)
    assert d.CERTIFICATE == LINK_CERTIFICATE
