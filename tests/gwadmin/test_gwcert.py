"""Certificates made by the reference's own `gwcert`, left where it puts them: judged, and good for a broker.

Its authority says nothing of key usage: OpenSSL's strict flag, set since Python 3.13, minds.
It cannot stand beside trustme, for it wants cryptography 3.4; so it is in the environment of gwadmin.
"""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hw.tls import tls_context
from layouts.certificates import FOLDER
from tests.atn.broker import Broker, mosquitto_path
from tests.need import need
from tests.program.processes import ROOT, Process

pytestmark = [pytest.mark.server, pytest.mark.slow]
GWCERT = ROOT / ".venv" / "gwadmin" / "bin" / "gwcert"
LINK, BROKER = "gridworks_mqtt", "broker"


class Home:
    """A user's home in which an authority, our pair and the broker's were made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "dumb"}
        self.certs = folder / FOLDER
        self.gwcert("ca", "create", "oak authority")
        self.gwcert("key", "add", "--certs-dir", str(self.certs), LINK)
        self.gwcert("key", "add", "--certs-dir", str(folder / "broker"), "--dns", "localhost", BROKER)

    def gwcert(self, *words: str) -> None:
        done = subprocess.run(
            [str(GWCERT), *words], env=self.env, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def rules(self) -> str:
        """Of a broker that wants everybody's certificate."""
        place = self.folder / "broker" / BROKER
        return (
            f"allow_anonymous true\nrequire_certificate true\ncafile {place / 'ca.crt'}\n"
            f"certfile {place / 'broker.crt'}\nkeyfile {place / 'private' / 'broker.pem'}\n"
        )

    def config(self, port: int) -> Path:
        """Settings that name no file."""
        path = self.folder / "config.toml"
        path.write_text(
            f'[site]\nlayout = "orange"\n[upstream]\nhost = "localhost"\nport = {port}\ntls = true\n'
            '[page]\nport = 0\n[devices]\nport = 0\n[store]\nfolder = "var"\n'
        )
        return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    need(GWCERT.exists(), "gwcert is not installed; run: make .venv/.gwadmin")
    return Home(tmp_path_factory.mktemp("home"))


def test_what_gwcert_made_is_accepted_as_it_is_and_a_run_connects_with_it(home: Home) -> None:
    need(mosquitto_path() is not None, "mosquitto is not installed")
    broker = Broker(kind="mosquitto")
    broker.rules = home.rules()
    with broker:
        config = home.config(broker.port)
        command = [sys.executable, str(ROOT / "scada.py"), "certs", "--config", str(config)]
        done = subprocess.run(
            command, env=home.env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert f"{home.certs / LINK / 'ca.crt'}: oak authority" in done.stdout
        assert f"{home.certs / LINK / f'{LINK}.crt'}: {LINK}" in done.stdout
        assert "issued by oak authority, until " in done.stdout, done.stdout
        assert "fits, and is its owner's alone" in done.stdout
        assert f"localhost:{broker.port} is who it says" in done.stdout
        assert "it takes our certificate" in done.stdout
        scada = Process(config, home.env).up()
        status = scada.until(lambda found: found["links"][LINK]["state"] == "awaiting_peer")
        assert status["links"]["certificates"]["state"] == "ready"
        assert scada.end() == 0


def test_the_key_is_nobody_elses(home: Home) -> None:
    key = home.certs / LINK / "private" / f"{LINK}.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_the_strict_flag_would_refuse_its_authority(home: Home) -> None:
    """Why `hw/tls.py` takes it back; nothing else is weakened."""
    place = home.folder / "broker" / BROKER
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(place / "broker.crt", place / "private" / "broker.pem")

    def meet(context: ssl.SSLContext) -> str:
        there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
        ours = context.wrap_bio(back, there, server_hostname="localhost")
        theirs = server.wrap_bio(there, back, server_side=True)
        for _ in range(5):
            for side in (ours, theirs):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue
                except ssl.SSLCertVerificationError as error:
                    return error.verify_message
        return ""

    context = tls_context(str(place / "ca.crt"))
    assert meet(context) == ""
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    assert meet(context) != ""
