"""Certificates renewed while the program runs: looked at daily and before each dial, without waiting."""

from __future__ import annotations

import select
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from hw.renewal import DAY_MS, READ_MS, Renewal, Renewals
from hw.tls import tls_context
from layouts.settings import Peer, Settings

SOON = datetime(2031, 3, 1, tzinfo=UTC)
LATER = SOON + timedelta(days=800)


class Files:
    """An authority, and a pair of ours that can be made anew in its place."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.ca_file, self.cert, self.key = (str(folder / name) for name in ("ca.crt", "c.crt", "c.pem"))
        self.ca.cert_pem.write_to_path(self.ca_file)
        self.issue(SOON)

    def issue(self, until: datetime, *, with_key: bool = True) -> None:
        leaf = self.ca.issue_cert("scada.oak", not_after=until)
        leaf.cert_chain_pems[0].write_to_path(self.cert)
        if with_key:
            leaf.private_key_pem.write_to_path(self.key)

    def renewal(self, *, system: bool = False) -> Renewal:
        return Renewal("" if system else self.ca_file, self.cert, self.key)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def over(done: Callable[[], bool]) -> None:
    """Step until the child has ended; the house's time stands still."""
    for _ in range(2000):
        if done():
            return
        select.select([], [], [], 0.005)
    raise AssertionError("the child never ended")


def look(renewal: Renewal, net_ms: int = 0) -> None:
    renewal.look(net_ms)
    over(lambda: renewal.step(net_ms))


def shown(renewal: Renewal, files: Files) -> str:
    """Until when the certificate is good that a broker is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    files.ca.configure_trust(context)
    files.ca.issue_cert("broker.example").configure_cert(context)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = renewal.context.wrap_bio(back, there, server_hostname="broker.example")
    server = context.wrap_bio(there, back, server_side=True)
    for _ in range(5):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    peer = server.getpeercert()
    assert peer is not None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(peer["notAfter"])), UTC).strftime("%Y-%m-%d")


def test_a_pair_renewed_in_place_is_shown_at_the_next_handshake(files: Files) -> None:
    renewal = files.renewal()
    look(renewal)
    assert (renewal.until_s, shown(renewal, files)) == (int(SOON.timestamp()), "2031-03-01")
    files.issue(LATER)
    assert shown(renewal, files) == "2031-03-01", "not before it was looked at"
    look(renewal)
    assert (renewal.until_s, shown(renewal, files)) == (int(LATER.timestamp()), "2033-05-09")
    assert (renewal.renewed, renewal.words) == (1, "")
    look(renewal)
    assert renewal.renewed == 1, "nothing has changed"


def test_files_without_a_last_newline_are_as_good(files: Files) -> None:
    renewal = files.renewal()
    look(renewal)
    files.issue(LATER)
    for name in (files.cert, files.key, files.ca_file):
        Path(name).write_bytes(Path(name).read_bytes().rstrip())
    look(renewal)
    assert renewal.words == ""
    assert renewal.until_s == int(LATER.timestamp())
    assert tls_context(files.ca_file, files.cert, files.key)


def test_where_the_systems_authorities_count_they_stay(files: Files) -> None:
    renewal = files.renewal(system=True)
    before = renewal.context
    files.issue(LATER)
    look(renewal)
    assert renewal.context is before
    assert renewal.until_s == int(LATER.timestamp())


def test_a_certificate_without_its_key_changes_nothing_and_is_told(files: Files) -> None:
    """As with a key that systemd handed over at the start."""
    renewal = files.renewal()
    look(renewal)
    files.issue(LATER, with_key=False)
    look(renewal)
    assert shown(renewal, files) == "2031-03-01"
    assert renewal.until_s == int(SOON.timestamp())
    assert renewal.words == ("the certificate files were changed and do not go together: KEY_VALUES_MISMATCH")
    files.issue(LATER)
    look(renewal)
    assert (renewal.words, shown(renewal, files)) == ("", "2033-05-09")


@pytest.mark.parametrize("damage", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_that_is_just_being_written_changes_nothing(files: Files, damage: bytes) -> None:
    renewal = files.renewal()
    look(renewal)
    Path(files.cert).write_bytes(damage)
    look(renewal)
    assert renewal.words
    assert shown(renewal, files) == "2031-03-01"
    Path(files.cert).unlink()
    look(renewal)
    assert renewal.words == "the certificate files cannot be read"


def test_a_disk_that_hangs_is_given_up_after_two_seconds(files: Files) -> None:
    renewal = Renewal(files.ca_file, files.cert, files.key, ("sh", "-c", "exec sleep 60"))
    renewal.look(1_000)
    assert not renewal.step(1_000 + READ_MS)
    assert renewal.step(1_001 + READ_MS)
    assert renewal.words == "the certificate files cannot be read"
    over(lambda: renewal.step(5_000) and not renewal._child.unreaped)


def test_once_a_day_they_are_looked_at_without_a_dial(files: Files) -> None:
    peer = Peer(ca_file=files.ca_file, cert_file=files.cert, key_file=files.key)
    renewals = Renewals(Settings(upstream=peer))
    renewals.tls(files.ca_file, files.cert, files.key)
    assert renewals.until_s == {"gridworks_mqtt": int(SOON.timestamp())}
    files.issue(LATER)
    renewals.step(1_000)
    renewals.step(1_000 + DAY_MS - 1)
    assert not next(iter(renewals._made.values()))._runs
    renewals.step(1_000 + DAY_MS)

    def renewed() -> bool:
        renewals.step(1_000 + DAY_MS)
        return renewals.until_s == {"gridworks_mqtt": int(LATER.timestamp())}

    over(renewed)


def test_a_dialer_waits_for_the_look_and_no_longer(files: Files) -> None:
    renewals = Renewals(Settings(), ("sh", "-c", "exec sleep 60"))
    dialer = renewals.dialer("127.0.0.1", 1, renewals.tls(files.ca_file, files.cert, files.key))
    dialer.start(0)
    dialer.step(100)
    assert dialer.failed is None, "it has not even looked whether the connection stands"
    dialer.step(READ_MS + 1)
    assert dialer.cause == "connection refused"


def test_the_strictness_of_python_3_13_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """No authority made by gwcert would pass it."""
    real = ssl.create_default_context

    def as_later(*words: object, **more: object) -> ssl.SSLContext:
        context = real(*words, **more)  # type: ignore[arg-type]
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", as_later)
    context = tls_context()
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
