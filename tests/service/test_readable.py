"""Whatever the program will want to read, the installed unit lets it: files named, usual or taken over."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw import service_site
from hw.service import Wishes, service
from hw.service_site import HIDDEN
from hw.service_units import UNIT
from layouts.bounds import BOUNDS, SECRET_FILES
from layouts.certificates import FOLDER, usual
from layouts.config import load_settings
from layouts.settings import Settings
from tests.service.machine import CONFIG, OLD_ENV, Computer
from tests.service.test_units import rows

LINK = "gridworks_mqtt"
TLS = '[upstream]\nhost = "broker.example"\ntls = true\n'
NAMED = (
    TLS + 'ca_file = "/home/pi/own/ca.crt"\ncert_file = "/opt/own/c.crt"\nkey_file = "/home/pi/own/c.pem"\n'
)
OLD_WITHOUT_TLS = "SCADA_ALPHA=5.7\n"


def certificates(computer: Computer) -> None:
    """Where gwcert puts them."""
    for name in ("ca.crt", f"{LINK}.crt", f"private/{LINK}.pem"):
        computer.put(f"home/pi/{FOLDER}/{LINK}/{name}", "PEM\n")


def default_paths(computer: Computer) -> None:
    computer.config.write_text(CONFIG + TLS)
    certificates(computer)


def named(computer: Computer) -> None:
    computer.config.write_text(CONFIG + NAMED)
    certificates(computer)


def taken_over(computer: Computer) -> None:
    computer.older(env=OLD_ENV)


def settings_taken_over_and_default_paths(computer: Computer) -> None:
    """The old settings say nothing of TLS, so no certificate is copied: those in the usual place count."""
    computer.config.write_text(CONFIG + TLS)
    computer.older(env=OLD_WITHOUT_TLS)


class Installed:
    """The unit that was written, and what a program started by it finds."""

    def __init__(self, computer: Computer) -> None:
        self.unit = rows((computer.root / "etc/systemd/system" / UNIT).read_text())
        self.settings: Settings = usual(load_settings(computer.config), "/home/pi", str(computer.root))
        self.credentials = dict(v.split(":", 1) for key, v in self.unit if key == "LoadCredential")

    def sees(self, path: str) -> bool:
        """ProtectHome=tmpfs and PrivateTmp hide everything there that is not bound."""
        bound = [Path(v) for key, v in self.unit if key in ("BindReadOnlyPaths", "BindPaths")]
        hidden = any(Path(path).is_relative_to(place) for place in HIDDEN)
        return not hidden or any(Path(path).is_relative_to(place) for place in bound)

    def files(self) -> dict[str, str]:
        """`table.key` -> path, of the brokers."""
        return {
            f"{table}.{key.name}": path
            for table in ("upstream", "admin", "local")
            for key in BOUNDS[table][1]
            if key.form == "file" and (path := getattr(getattr(self.settings, table), key.name))
        }


@pytest.mark.parametrize("checkout", ["/home/pi/scada", "/opt/scada"])
@pytest.mark.parametrize("prepare", [default_paths, named, taken_over, settings_taken_over_and_default_paths])
def test_the_unit_can_read_every_certificate_and_is_handed_every_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkout: str, prepare: object
) -> None:
    monkeypatch.setattr(service_site, "CHECKOUT", Path(checkout))
    computer = Computer(tmp_path)
    assert callable(prepare)
    prepare(computer)
    wishes = Wishes(user="pi", take_over=True)
    assert service("install", computer.house, computer.settings, computer.machine, wishes) == 0
    installed = Installed(computer)
    files = installed.files()
    assert {"upstream.ca_file", "upstream.cert_file", "upstream.key_file"} <= files.keys()
    assert ("ProtectHome", "tmpfs") in installed.unit
    for name, path in files.items():
        if name.split(".")[1] in SECRET_FILES:
            assert installed.credentials[name] == path
            assert ("BindReadOnlyPaths", path) not in installed.unit
        else:
            assert installed.sees(path), f"{name} {path}"
    assert installed.sees(checkout)
    assert installed.sees(str(computer.config))


def test_the_test_would_notice(tmp_path: Path) -> None:
    computer = Computer(tmp_path)
    default_paths(computer)
    service("install", computer.house, computer.settings, computer.machine, Wishes(user="pi"))
    installed = Installed(computer)
    assert not installed.sees(f"/home/pi/{FOLDER}/{LINK}/other.crt")
    assert installed.sees("/opt/anything")
