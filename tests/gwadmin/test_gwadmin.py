"""A person with `gwadmin` in a terminal: sees every relay and output, moves one of each, and lets go."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from layouts.load import load_house
from layouts.model import House
from tests.atn.broker import Broker, mosquitto_path
from tests.gwadmin.terminal import DOWN, Terminal
from tests.need import need
from tests.program.processes import ROOT, Process, config

pytestmark = [pytest.mark.server, pytest.mark.slow]
GWA = ROOT / ".venv" / "gwadmin" / "bin" / "gwa"


class Visit:
    """A running house, and a person who has just opened `gwa watch`."""

    def __init__(self, folder: Path, port: int, house: str) -> None:
        self.house: House = load_house(house)
        admin = f"[admin]\nenabled = true\nport = {port}\ntls = false\n"
        self.scada = Process(config(folder, port, house=house, more=admin)).up()
        self.env = person(folder, port, self.house.scada.alias)
        self.screen = self.open()

    def open(self) -> Terminal:
        """Another `gwa watch`."""
        return Terminal([str(GWA), "watch", "oak"], self.env)

    def until(self, boss: str | None = None, **readbacks: float) -> None:
        """Ask our own API until these actuators are read back so; `boss` of all of them."""
        wanted = {node.replace("_", "-"): value for node, value in readbacks.items()}

        def done(status: dict[str, Any]) -> bool:
            rows = status["actuators"]
            at_place = all(rows[node]["readback"] == value for node, value in wanted.items())
            return at_place and all(boss in (None, rows[node]["boss"]) for node in wanted)

        self.scada.until(done)

    def close(self) -> None:
        """End both."""
        self.screen.close()
        assert self.scada.end() == 0


def person(folder: Path, port: int, alias: str) -> dict[str, str]:
    """The environment of a person who has set `gwa` up for this house, as `gwa add-scada` would."""
    home = folder / "home"
    place = home / ".config" / "gridworks" / "admin"
    place.mkdir(parents=True)
    mqtt = {"host": "127.0.0.1", "port": port, "username": "", "password": "", "tls": {"use_tls": False}}
    scadas = {"oak": {"enabled": True, "long_name": alias, "mqtt": mqtt}}
    (place / "admin-config.json").write_text(json.dumps({"scadas": scadas, "default_scada": "oak"}))
    xdg = {
        "XDG_CONFIG_HOME": str(home / ".config"), "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
    }  # fmt: skip
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **xdg}


@pytest.fixture(params=["orange", "beech"])
def visit(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    need(mosquitto_path() is not None, "mosquitto is not installed")
    need(GWA.exists(), "gwadmin is not installed; run: make .venv/.gwadmin")
    with Broker(kind="mosquitto") as broker:
        made = Visit(tmp_path, broker.port, request.param)
        yield made
        made.close()


def title(channel: str) -> str:
    """How gwadmin writes a channel's name."""
    words = channel.rpartition("-relay")[0] or channel.removesuffix("-010v")
    return " ".join(word.capitalize() for word in words.split("-"))


def test_a_person_sees_everything_moves_a_relay_and_an_output_and_lets_go(visit: Visit) -> None:
    screen, scada, house = visit.screen, visit.scada, visit.house
    screen.until(lambda: screen.row("Store ", "50"))

    # every relay and every output is there, and stands where our API says
    status = scada.status()["actuators"]
    for relay in house.relays:
        row = screen.row(f" {relay.index} ", title(relay.channel))
        assert status[relay.node]["state"] in row, row
    for output in house.zero_tens:
        row = screen.row(title(output.node), f"{round(status[output.node]['readback'] * 10):3d}")
        assert row, screen.text
    assert scada.status()["state"].startswith("HomeAlone.")

    # one relay: the thermostats' common wire
    screen.press("r" + DOWN)
    screen.until(lambda: screen.row("Relay 2: Tstat Common"))
    screen.press("n")
    screen.until(lambda: "RelayOpen" in screen.row(" 2 ", "Tstat Common"))
    visit.until(boss="admin", relay2=1)
    assert scada.status()["state"] == "Dormant.Admin"

    # one output: the distribution pump
    screen.press("d\t")
    screen.settle()
    screen.press("3")
    screen.until(lambda: screen.row("Set Dist to 3"))
    screen.press("7")
    screen.until(lambda: screen.row("Set Dist to 37"))
    screen.click("Set Dist to 37")
    screen.until(lambda: screen.row("Dist ", " 37"))
    visit.until(boss="admin", dist_010v=3.7)

    # and lets go: the house takes back what was left behind
    screen.click("Release control")
    scada.until(lambda s: s["state"].startswith("HomeAlone."))
    screen.until(lambda: "RelayClosed" in screen.row(" 2 ", "Tstat Common"))
    default = next(z.default for z in house.zero_tens if z.node == "dist-010v")
    screen.until(lambda: screen.row("Dist ", f" {default} "))
    visit.until(boss="auto.lc.n", relay2=0, dist_010v=default / 10)


@pytest.mark.parametrize("visit", ["orange"], indirect=True)
def test_the_governor_refuses_a_person_too_and_both_see_it(visit: Visit) -> None:
    """The compressor counts as just stopped after a start: a call for heat has to wait, whoever calls."""
    screen, scada = visit.screen, visit.scada
    screen.until(lambda: screen.row("Store ", "50"))
    screen.press("r" + DOWN * 3)
    screen.until(lambda: screen.row("Relay 5: Hp Failsafe"))
    screen.press("n")
    told = scada.until(lambda s: "before the first start" in s["actuators"]["relay5"]["refused"])
    assert told["state"] == "Dormant.Admin"
    assert told["actuators"]["relay5"]["readback"] == 0
    assert "BufferTankAquastat" in screen.row(" 5 ", "Hp Failsafe")

    # the heat pump's boss turns it off first: then relay 5 is no call, and is let through
    screen.press(DOWN)
    screen.until(lambda: screen.row("Relay 6: Hp Scada Ops"))
    screen.press("n")
    screen.until(lambda: "RelayOpen" in screen.row(" 6 ", "Hp Scada Ops"))
    screen.until(lambda: "Scada" in screen.row(" 5 ", "Hp Failsafe").partition("Hp Failsafe")[2])
    visit.until(boss="admin", relay5=1, relay6=1)


@pytest.mark.parametrize("visit", ["orange"], indirect=True)
def test_two_people_see_each_other_and_the_last_one_holds(visit: Visit) -> None:
    first, scada = visit.screen, visit.scada
    second = visit.open()
    try:
        first.until(lambda: first.row("Store ", "50"))
        second.until(lambda: second.row("Store ", "50"))
        first.press("r" + DOWN)
        first.until(lambda: first.row("Relay 2: Tstat Common"))
        first.press("n")
        second.until(lambda: "RelayOpen" in second.row(" 2 ", "Tstat Common"))
        second.press("r" + DOWN * 5)
        second.until(lambda: second.row("Relay 7: Thermistor Common"))
        second.press("n")
        first.until(lambda: "RelayOpen" in first.row(" 7 ", "Thermistor Common"))
        visit.until(boss="admin", relay2=1, relay7=1)  # what the first had set stays
        second.click("Release control")
        scada.until(lambda s: s["state"].startswith("HomeAlone."))
        first.until(lambda: "RelayClosed" in first.row(" 2 ", "Tstat Common"))
    finally:
        second.close()


@pytest.mark.parametrize("visit", ["orange"], indirect=True)
def test_who_quits_without_letting_go_does_not_hold_the_house(visit: Visit) -> None:
    """He asks for six seconds and is gone; the house is its own again when they are over."""
    screen, scada = visit.screen, visit.scada
    screen.until(lambda: screen.row("Store ", "50"))
    screen.press("r" + DOWN)
    screen.until(lambda: screen.row("Relay 2: Tstat Common"))
    screen.click("Timeout minutes")
    screen.press("0.1")
    screen.press("\t\t")
    screen.press("n")
    scada.until(lambda s: s["state"] == "Dormant.Admin")
    screen.close()
    scada.until(lambda s: s["state"].startswith("HomeAlone."), 12)
    visit.screen = visit.open()
    visit.screen.until(lambda: "RelayClosed" in visit.screen.row(" 2 ", "Tstat Common"))
