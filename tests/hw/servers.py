"""Loopback servers that behave badly, driven step by step from the test's own loop."""

from __future__ import annotations

import contextlib
import os
import socket as so
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from hw.dial import ENDED, Dialer

PATIENCE_S = 10.0


class Server:
    """Listens on a free loopback port; `step` accepts and shakes hands as far as `mode` allows.

    Modes: "plain" accepts, "tls" shakes hands, "stall" accepts and says nothing, "http" answers with HTTP,
    "hangup" accepts and closes, "talk" shakes hands and speaks first.
    """

    def __init__(self, mode: str, context: ssl.SSLContext | None = None) -> None:
        self.mode = mode
        self.listener = so.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(8)
        self.listener.setblocking(False)
        self.port: int = self.listener.getsockname()[1]
        self.errors: list[OSError] = []
        self.peers: list[so.socket] = []
        self.shaken: list[ssl.SSLSocket] = []
        self._context = context

    def step(self) -> None:
        with contextlib.suppress(BlockingIOError):
            peer, _ = self.listener.accept()
            peer.setblocking(False)
            self._welcome(peer)
        for sock in list(self.peers):
            if isinstance(sock, ssl.SSLSocket) and sock not in self.shaken:
                self._shake(sock)

    def _welcome(self, peer: so.socket) -> None:
        if self.mode == "hangup":
            peer.close()
            return
        if self.mode == "http":
            peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        if self._context is not None and self.mode in ("tls", "talk"):
            peer = self._context.wrap_socket(peer, server_side=True, do_handshake_on_connect=False)
        self.peers.append(peer)

    def _shake(self, sock: ssl.SSLSocket) -> None:
        try:
            sock.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            self.errors.append(error)
            self.peers.remove(sock)
            sock.close()
            return
        self.shaken.append(sock)
        if self.mode == "talk":
            sock.send(b"220 hello\r\n")

    def close(self) -> None:
        for sock in (*self.peers, self.listener):
            sock.close()


@contextlib.contextmanager
def serving(mode: str, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(mode, context)
    try:
        yield server
    finally:
        server.close()


def dial(dialer: Dialer, server: Server | None = None, net_ms: int = 0, ms_per_step: int = 1) -> int:
    """Step until it is up or has failed, `ms_per_step` of net time a step; returns the net time then."""
    give_up = time.monotonic() + PATIENCE_S
    dialer.start(net_ms)
    while dialer.state not in ENDED:
        if time.monotonic() > give_up:
            raise TimeoutError(f"still {dialer.state}")
        if server is not None:
            server.step()
        net_ms += ms_per_step
        dialer.step(net_ms)
        time.sleep(0.0005)
    return net_ms


class Certificates:
    """An authority, the files a client needs to trust it, and certificates of every kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ca = trustme.CA()
        self.ca_file = str(folder / "ca.pem")
        self.ca.cert_pem.write_to_path(self.ca_file)

    def server(
        self, name: str = "localhost", since: datetime | None = None, until: datetime | None = None
    ) -> ssl.SSLContext:
        return server_context(self.ca.issue_cert(name, not_before=since, not_after=until))

    def expired(self) -> ssl.SSLContext:
        past = datetime.now(UTC) - timedelta(days=1)
        return self.server(since=past - timedelta(days=30), until=past)

    def not_yet(self) -> ssl.SSLContext:
        future = datetime.now(UTC) + timedelta(days=1)
        return self.server(since=future, until=future + timedelta(days=30))

    def demanding(self, tls_1_2: bool = False) -> ssl.SSLContext:
        """A server that wants a certificate of this authority from us."""
        context = self.server()
        context.verify_mode = ssl.CERT_REQUIRED
        self.ca.configure_trust(context)
        if tls_1_2:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    def client_files(self, ca: trustme.CA | None = None) -> tuple[str, str]:
        """Our certificate and key, issued by `ca` (default: the authority everybody trusts)."""
        cert = (ca or self.ca).issue_cert("scada@example.org")
        cert_file, key_file = self._folder / "client.pem", self._folder / "client.key"
        cert.cert_chain_pems[0].write_to_path(cert_file)
        cert.private_key_pem.write_to_path(key_file)
        return str(cert_file), str(key_file)


def server_context(cert: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert.configure_cert(context)
    return context


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server whose certificate is its own authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "self.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + cert.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def free_port() -> int:
    with so.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextlib.contextmanager
def black_hole(*hosts: str) -> Iterator[int]:
    """A port whose queue is full, on each of these loopback hosts: connects get no answer at all."""
    port, sockets = 0, []
    try:
        for host in hosts or ("127.0.0.1",):
            listener = so.socket()
            sockets.append(listener)
            listener.bind((host, port))
            listener.listen(0)
            port = listener.getsockname()[1]
            for _ in range(4):
                filler = so.socket()
                sockets.append(filler)
                filler.setblocking(False)
                filler.connect_ex((host, port))
        yield port
    finally:
        for sock in sockets:
            sock.close()


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def children() -> list[str]:
    """Children of this process that still exist, zombies included."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return listed.split()


def eventually(done: Callable[[], bool]) -> bool:
    """True as soon as `done` is; False after a while."""
    give_up = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.002)
    return True
