"""Servers that must not be accepted, and one that must: `python -m tests.brokers.bad FOLDER`, a process.

Prints one JSON object, name to port. Appends to FOLDER/log a line `<name> <what>` for every connection:
`accepted` by the kernel, `shaken` after TLS, `mqtt` when a client said CONNECT: to all but `good` none may.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from tests.hw.servers import Certificates, self_signed, server_context
from tests.links.scripted import connack, suback

PATIENCE_S = 20.0
REVOKED, CLIENT = "revoked", "client"
"""Names of our certificates in FOLDER: <name>.pem, <name>.key."""

Serve = Callable[[socket.socket, Callable[[str], None]], None]


def revocation_list(ca: trustme.CA, *leaves: trustme.LeafCert) -> bytes:
    """A list (PEM) that revokes these certificates of `ca`."""
    authority = x509.load_pem_x509_certificate(ca.cert_pem.bytes())
    key = serialization.load_pem_private_key(ca.private_key_pem.bytes(), None)
    now = datetime.now(UTC)
    crl = x509.CertificateRevocationListBuilder().issuer_name(authority.subject)
    crl = crl.last_update(now - timedelta(hours=1)).next_update(now + timedelta(days=1))
    for leaf in leaves:
        serial = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).serial_number
        gone = (
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(hours=1))
        )
        crl = crl.add_revoked_certificate(gone.build())
    signed = crl.sign(key, hashes.SHA256())  # type: ignore[arg-type]
    return signed.public_bytes(serialization.Encoding.PEM)


def write_client(folder: Path, name: str, leaf: trustme.LeafCert) -> None:
    """Our side of a certificate: <name>.pem and <name>.key."""
    leaf.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
    leaf.private_key_pem.write_to_path(folder / f"{name}.key")
    (folder / f"{name}.key").chmod(0o600)


def over_tls(context: ssl.SSLContext) -> Serve:
    """Shakes hands, then answers as a broker would."""

    def serve(sock: socket.socket, note: Callable[[str], None]) -> None:
        with context.wrap_socket(sock, server_side=True) as safe:
            note("shaken")
            broker(safe, note)

    return serve


def broker(sock: socket.socket, note: Callable[[str], None]) -> None:
    """CONNECT is accepted, one SUBSCRIBE granted; then it only listens."""
    if not sock.recv(65536).startswith(b"\x10"):
        return
    note("mqtt")
    sock.sendall(connack())
    asked = sock.recv(65536)
    sock.sendall(suback(int.from_bytes(asked[2:4], "big"), 0))
    while sock.recv(65536):
        pass


def garbage_after_tls(context: ssl.SSLContext) -> Serve:
    """A good certificate, then no MQTT at all."""

    def serve(sock: socket.socket, note: Callable[[str], None]) -> None:
        with context.wrap_socket(sock, server_side=True) as safe:
            note("shaken")
            safe.recv(65536)
            safe.sendall(b"\x00\x02no MQTT at all")
            while safe.recv(65536):
                pass

    return serve


def saying(data: bytes) -> Serve:
    """No TLS: answers the first bytes with these."""

    def serve(sock: socket.socket, note: Callable[[str], None]) -> None:
        if b"MQTT" in sock.recv(65536):
            note("mqtt")
        sock.sendall(data)
        while sock.recv(65536):
            pass

    return serve


def stalling(context: ssl.SSLContext, flight: int, share: float) -> Serve:
    """Shakes hands up to its `flight`th flight (0: the first), sends that share of it, and falls silent."""

    def serve(sock: socket.socket, note: Callable[[str], None]) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        for number in range(flight + 1):
            incoming.write(sock.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            data = outgoing.read()
            last = number == flight
            sock.sendall(data[: int(share * len(data))] if last else data)
        while sock.recv(65536):
            pass

    return serve


def downgrade(context: ssl.SSLContext) -> ssl.SSLContext:
    """Nothing newer than TLS 1.1."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


FORGED_HELLO = bytes.fromhex("16030200310200002d0302") + bytes(32) + bytes.fromhex("00002f000005ff01000100")
"""A ServerHello that chooses TLS 1.1, whatever was offered."""


def table(folder: Path) -> dict[str, Serve]:
    """Every server by name."""
    certs = Certificates(folder)
    ours, revoked = certs.ca.issue_cert("scada@example.org"), certs.ca.issue_cert("lost@example.org")
    write_client(folder, CLIENT, ours)
    write_client(folder, REVOKED, revoked)
    (folder / "crl.pem").write_bytes(revocation_list(certs.ca, revoked))
    strict = certs.demanding()
    strict.load_verify_locations(folder / "crl.pem")
    strict.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    old = certs.server()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    return {
        "good": over_tls(strict),
        "expired": over_tls(certs.expired()),
        "not yet valid": over_tls(certs.not_yet()),
        "wrong name": over_tls(certs.server("elsewhere.example")),
        "wrong authority": over_tls(server_context(trustme.CA().issue_cert("localhost"))),
        "self-signed": over_tls(self_signed(elsewhere)),
        "revoked": over_tls(strict),
        "plain text": saying(connack() + suback(1, 0)),
        "silent": saying(b""),
        "stalled in the first flight": stalling(certs.server(), 0, 0.5),
        "stalled before the end of it": stalling(certs.server(), 0, 0.98),
        "stalled in the second flight": stalling(old, 1, 0.5),
        "TLS 1.1": over_tls(downgrade(certs.server())),
        "forged TLS 1.1": saying(FORGED_HELLO),
        "garbage": saying(random.Random(6).randbytes(4096)),
        "garbage after TLS": garbage_after_tls(certs.server()),
    }


def listen(name: str, serve: Serve, note: Callable[[str, str], None]) -> int:
    """Serve on a free port, each connection in a thread; returns the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            sock, _ = listener.accept()
            note(name, "accepted")
            sock.settimeout(PATIENCE_S)
            threading.Thread(target=welcome, args=(sock,), daemon=True).start()

    def welcome(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            serve(sock, lambda what: note(name, what))

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


def main(folder: Path) -> None:
    """Serve until our parent is gone."""
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(name: str, what: str) -> None:
        os.write(log, f"{name} {what}\n".encode())

    print(json.dumps({name: listen(name, serve, note) for name, serve in table(folder).items()}), flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
