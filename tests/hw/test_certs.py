"""`certs`: the command against brokers good and bad; every trouble is a sentence that says what to do."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

import scada
from tests.hw.servers import Certificates, server_context

CA_DAYS = 60


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@contextlib.contextmanager
def broker(context: ssl.SSLContext) -> Iterator[int]:
    """Shakes one hand and then waits to be spoken to; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            with contextlib.suppress(OSError):
                bare, _ = door.accept()
                with bare, context.wrap_socket(bare, server_side=True) as safe:
                    safe.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        thread.join(10)


class Site:
    """A config.toml with one TLS broker, and what `certs` says of it."""

    def __init__(
        self, folder: Path, certificates: Certificates, capsys: pytest.CaptureFixture[str], port: int
    ) -> None:
        self._capsys = capsys
        self.cert, self.key = certificates.client_files()
        Path(self.key).chmod(0o600)
        self.config = folder / "config.toml"
        self.config.write_text(
            f'[upstream]\nhost = "localhost"\nport = {port}\ntls = true\nca_file = "{certificates.ca_file}"\n'
            f'cert_file = "{self.cert}"\nkey_file = "{self.key}"\n',
            encoding="utf-8",
        )

    def certs(self, *more: str) -> tuple[int, str, str]:
        code = scada.main(["certs", "--config", str(self.config), *more])
        out, err = self._capsys.readouterr()
        return code, out, err


def met(
    tmp_path: Path, certificates: Certificates, capsys: pytest.CaptureFixture[str], context: ssl.SSLContext
) -> tuple[int, str, str]:
    with broker(context) as port:
        return Site(tmp_path, certificates, capsys, port).certs()


def test_a_good_broker_takes_us(
    tmp_path: Path, certificates: Certificates, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = met(tmp_path, certificates, capsys, certificates.demanding())
    assert (code, err) == (0, "")
    assert "[upstream] gridworks_mqtt: localhost:" in out
    assert "is who it says, until" in out
    assert "it takes our certificate" in out


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("expired", "certificate expired"),
        ("not_yet", "certificate not yet valid"),
        ("wrong name", "certificate for another name"),
        ("wrong authority", "gwcert key add --dns localhost"),
    ],
)
def test_a_broker_that_is_not_who_it_says_is_wrong(
    tmp_path: Path, certificates: Certificates, capsys: pytest.CaptureFixture[str], kind: str, words: str
) -> None:
    kinds: dict[str, Callable[[], ssl.SSLContext]] = {
        "expired": certificates.expired,
        "not_yet": certificates.not_yet,
        "wrong name": lambda: certificates.server("elsewhere.example"),
        "wrong authority": lambda: server_context(trustme.CA().issue_cert("localhost")),
    }
    context = kinds[kind]()
    code, _, err = met(tmp_path, certificates, capsys, context)
    assert code == scada.EXIT_CONFIG
    assert words in err
    assert f"{tmp_path / 'config.toml'} [upstream]: localhost:" in err


@pytest.mark.parametrize("tls_1_2", [False, True])
def test_a_broker_that_does_not_take_our_certificate_is_told(
    tmp_path: Path, certificates: Certificates, capsys: pytest.CaptureFixture[str], tls_1_2: bool
) -> None:
    other = trustme.CA()
    context = certificates.server()
    context.verify_mode = ssl.CERT_REQUIRED
    other.configure_trust(context)
    if tls_1_2:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    code, _, err = met(tmp_path, certificates, capsys, context)
    assert code == scada.EXIT_CONFIG
    assert "our certificate rejected" in err
    assert "gwcert key add gridworks_mqtt" in err


def test_a_broker_that_is_not_there_is_no_mistake_of_the_files(
    tmp_path: Path, certificates: Certificates, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    site = Site(tmp_path, certificates, capsys, port)
    code, out, err = site.certs()
    assert (code, err) == (0, "")
    assert "cannot be reached now (Connection refused)" in out
    code, out, err = site.certs("--offline")
    assert (code, err) == (0, "")
    assert "\n  broker " not in out


def test_what_is_wrong_or_soon_will_be_is_said_on_stderr(
    tmp_path: Path, certificates: Certificates, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(tmp_path, certificates, capsys, 1)
    now = datetime.now(UTC)
    leaf = certificates.ca.issue_cert(
        "x", not_before=now - timedelta(days=90), not_after=now + timedelta(days=9.5)
    )
    leaf.cert_chain_pems[0].write_to_path(site.cert)
    leaf.private_key_pem.write_to_path(site.key)
    code, _, err = site.certs("--offline")
    assert code == 0
    assert ", in 9 days. Make new ones" in err
    Path(site.key).chmod(0o644)
    code, out, err = site.certs()
    assert code == scada.EXIT_CONFIG
    assert "run: chmod 600" in err
    assert "is not asked before that is right" in out


def test_a_house_that_speaks_in_the_clear_needs_none(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[upstream]\ntls = false\n", encoding="utf-8")
    assert scada.main(["certs", "--config", str(config)]) == 0
    assert capsys.readouterr().out == "In the clear, on this computer only: [upstream] 127.0.0.1:1883.\n"
