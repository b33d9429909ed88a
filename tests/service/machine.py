"""A computer in a folder: users, groups, an older service or none, and a systemd that only listens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hw.service_machine import Machine
from layouts.config import load_settings
from layouts.load import load_house
from layouts.model import House
from layouts.settings import Settings

PASSWD = "root:x:0:0:root:/root:/bin/bash\npi:x:1000:1000:,,,:/home/pi:/bin/bash\n"
GROUP = "root:x:0:\npi:x:1000:\ni2c:x:998:pi\ndialout:x:20:pi\ngpio:x:997:pi\n"
OLD_UNIT = """[Service]
User=pi
ExecStart=/home/pi/gw/venv/bin/python gws run --env-file /home/pi/gw/.env
"""
OLD_ENV = """# the reference program
SCADA_GRIDWORKS_MQTT__HOST=broker.example
SCADA_GRIDWORKS_MQTT__PORT=1884
SCADA_GRIDWORKS_MQTT__TLS__USE_TLS=true
SCADA_GRIDWORKS_MQTT__USERNAME="oak scada"
SCADA_GRIDWORKS_MQTT__PASSWORD=hunter2
SCADA_LATITUDE=45.1
export SCADA_SECONDS_PER_REPORT = 240   # s
SCADA_ALPHA=5.7
SCADA_HP_MODEL=MitsubishiEcodan
SCADA_SYSTEM_MODE=Standby
SCADA_IS_SIMULATED=false
SCADA_LOGGING__BASE_LOG_LEVEL=30
SCADA_WEATHER_TOKEN=sesame
LTN_SCADA_MQTT__HOST=other.example
"""
CONFIG = """[site]
layout = "beech"
[hardware]
bus = "real"  # it is
[weather]
source = "coldest-of-month"
"""


class Listener:
    """What stands for systemctl: it notes every command; `active` units are active."""

    def __init__(self, version: int = 252, active: Sequence[str] = (), fails: Sequence[str] = ()) -> None:
        self.version, self.active, self.fails = version, set(active), set(fails)
        self.heard: list[str] = []
        self.shows: dict[str, str] = {}

    def __call__(self, words: Sequence[str]) -> tuple[int, str]:
        said = " ".join(words[1:])
        if said == "--version":
            return 0, f"systemd {self.version} ({self.version}.38-1)\n+PAM"
        if words[1] == "is-active":
            return (0, "active") if words[2] in self.active else (3, "inactive")
        if words[1] == "show":
            return 0, next((text for key, text in self.shows.items() if key in said), "")
        self.heard.append(said)
        return (1, "it does not want to") if said in self.fails else (0, "")


class Computer:
    """A folder with a system in it and a config beside it. `lines` is what was printed."""

    def __init__(self, folder: Path, *, systemd: bool = True, listener: Listener | None = None) -> None:
        self.root = folder / "root"
        self.site = folder / "site"
        self.site.mkdir(parents=True)
        self.put("etc/passwd", PASSWD)
        self.put("etc/group", GROUP)
        (self.root / "var/lib").mkdir(parents=True)
        if systemd:
            (self.root / "run/systemd/system").mkdir(parents=True)
        self.config = self.site / "config.toml"
        self.config.write_text(CONFIG)
        self.listener = listener or Listener()
        self.lines: list[str] = []
        self.refused: list[str] = []
        self.answers: dict[str, bool] = {}
        self.asked: list[str] = []

    def put(self, path: str, text: str) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def older(self, *, env: str = OLD_ENV, enabled: bool = True) -> None:
        """The reference program with its timer, its settings and its certificates."""
        for name in ("gwspaceheat.service", "gwspaceheat-restart.service", "gwspaceheat-restart.timer"):
            self.put(f"lib/systemd/system/{name}", OLD_UNIT)
            if enabled and name != "gwspaceheat-restart.service":
                wants = "timers" if name.endswith("timer") else "multi-user"
                link = self.root / f"etc/systemd/system/{wants}.target.wants/{name}"
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(f"/lib/systemd/system/{name}")
        self.put("home/pi/gw/.env", env)
        for name, text in (
            ("ca.crt", "CA"),
            ("gridworks_mqtt.crt", "CERT"),
            ("private/gridworks_mqtt.pem", "KEY"),
        ):
            self.put(f"home/pi/.config/gridworks/scada/certs/gridworks_mqtt/{name}", f"{text}\n")
        self.put("home/pi/.config/gridworks/scada/hardware-layout.json", "{}")

    @property
    def machine(self) -> Machine:
        return Machine(
            self.root, environ={"SUDO_USER": "pi"}, run=self.listener, say=self.lines.append,
            complain=self.refused.append, ask=self._ask,
        )  # fmt: skip

    def _ask(self, question: str) -> bool:
        self.asked.append(question)
        return next((yes for words, yes in self.answers.items() if words in question), False)

    @property
    def settings(self) -> Settings:
        return load_settings(self.config)

    @property
    def house(self) -> House:
        return load_house(self.settings.site.layout)

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def tree(self) -> dict[str, tuple[str, int]]:
        """Every file, link and folder below root and site: what it holds, and its mode."""
        found = {}
        for top in (self.root, self.site):
            for place in sorted(top.rglob("*")):
                name = str(place.relative_to(top.parent))
                if place.is_symlink():
                    found[name] = (f"-> {place.readlink()}", 0)
                elif place.is_dir():
                    found[name] = ("folder", place.stat().st_mode)
                else:
                    found[name] = (place.read_text(), place.stat().st_mode)
        return found
