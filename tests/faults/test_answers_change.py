"""A device that worked changes its answers: nothing is made of them, it is said, and it is heard again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hw.twin.faults import Bus, BusFault, Meter, MeterFault, Probe, ProbeFault
from layouts.settings import HubAccess, Settings
from states.image import Answer, Now, Post
from tests.faults.trial import Trial
from tests.layouts.devices import with_probes

HTML = b"<!DOCTYPE html><html><title>Hubitat Elevation</title></html>"


class OnTheWay:
    """The modules of the house, and what is made of their posts before they reach us; `statuses` of those."""

    def __init__(self, trial: Trial, path: str, change: Callable[[dict[str, Any]], Any]) -> None:
        self._ports, self._path, self._change = trial.program.parts.ports, path, change
        self._devices = self._ports.devices
        self._tickets: set[int] = set()
        self.statuses: list[int] = []
        self._ports.devices = self

    def receive(self, now: Now) -> tuple[Post, ...]:
        return tuple(self._spoil(post) for post in self._devices.receive(now))

    def answer(self, answers: tuple[Answer, ...]) -> None:
        self.statuses += [a.status for a in answers if a.ticket in self._tickets]
        self._devices.answer(answers)

    def end(self) -> None:
        """Posts come as they are sent again."""
        self._ports.devices = self._devices

    def _spoil(self, post: Post) -> Post:
        if post.path.lower() != self._path:
            return post
        self._tickets.add(post.ticket)
        made = self._change(json.loads(post.body))
        return replace(post, body=made if isinstance(made, bytes) else json.dumps(made).encode())


def refused(trial: Trial, channel: str, wire: OnTheWay, words: str, device: str, silent_s: float) -> None:
    """Nothing new is taken for `silent_s`, the device says why; whole again, it is heard again."""
    before = trial.reading(channel)
    said = ""
    for _ in range(round(silent_s / 10)):
        trial.run(10)
        found: Any = trial.device(device)
        said += found.words
    assert wire.statuses
    assert set(wire.statuses) <= {400, 403}
    assert words in said
    after = trial.reading(channel)
    assert after == before or after.value is None
    wire.end()
    trial.until(lambda: trial.reading(channel).mono_ms > after.mono_ms, 700)
    assert trial.reading(channel).value is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda body: body | {"AboutNodeNameList": [f"buffer-depth{i}" for i in (1, 2, 3)]},
            "'buffer-depth1' is not a depth of tank1",
        ),
        (lambda body: body | {"HwUid": "pico_0a0b00"}, "tank1 is pico_0a0b01, not 'pico_0a0b00'"),
        (lambda body: body | {"TypeName": "ticklist.hall"}, "TypeName is 'ticklist.hall', not 'microvolts'"),
        (lambda body: HTML, "The body is not"),
    ],
    ids=["names of the buffer", "uid of the buffer", "another type", "html"],
)
def test_a_tank_module_that_posts_for_another_is_refused_and_the_other_is_not_touched(
    change: Callable[[dict[str, Any]], Any], words: str
) -> None:
    trial = Trial(warm_s=200, tick_ms=2000)
    buffer = trial.reading("buffer-depth1-device")
    wire = OnTheWay(trial, "/tank1/microvolts", change)
    refused(trial, "tank1-depth1-device", wire, words, "tank1", 200)
    now = trial.reading("buffer-depth1-device")
    assert now.mono_ms > buffer.mono_ms
    assert abs((now.value or 0) - (buffer.value or 0)) < 5_000


def test_a_hub_that_sends_html_tells_nothing() -> None:
    trial = Trial(warm_s=200, tick_ms=2000)
    mac = trial.house.hub.mac.replace(":", "-").lower()
    wire = OnTheWay(trial, f"/{mac}", lambda body: HTML)
    refused(trial, "zone1-main-temp", wire, "The body is not", "hubitat", 700)


@pytest.mark.parametrize("said", ["null", None])
def test_a_thermostat_that_says_null_has_no_temperature_and_keeps_its_setpoint(said: Any) -> None:
    trial = Trial(warm_s=200, tick_ms=5000)
    mac = trial.house.hub.mac.replace(":", "-").lower()

    def null(body: dict[str, Any]) -> dict[str, Any]:
        if body["content"]["name"] == "temperature":
            body["content"]["value"] = said
        return body

    wire = OnTheWay(trial, f"/{mac}", null)
    before = trial.reading("zone1-main-temp")
    setpoint = trial.reading("zone1-main-set")
    trial.run(700)
    assert {200, 400} == set(wire.statuses)
    assert trial.reading("zone1-main-temp") == before, "it ages"
    assert trial.reading("zone1-main-set").mono_ms > setpoint.mono_ms
    trial.run(1500)
    assert trial.control_sees("zone1-main-temp") is None, "too old is unknown"
    wire.end()
    trial.run(700)
    assert trial.control_sees("zone1-main-temp") is not None


def test_a_polled_thermostat_that_says_null_is_asked_again_and_nothing_is_made_of_it(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text("s3cret", encoding="utf-8")
    trial = Trial(warm_s=120, settings=replace(Settings(), hub=HubAccess(token_file=str(token), poll_s=60)))
    hub: Any = trial.world.devices.hub
    hub.mute = True
    trial.run(130)
    before = trial.reading("zone1-main-temp")
    values = hub._values
    hub._values = lambda i: values(i) | {"temperature": "null"}
    trial.run(400)
    poll: Any = trial.device("hubitat poll")
    assert "temperature is 'null', not a room temperature." in poll.words
    after = trial.reading("zone1-main-temp")
    assert (after.value, after.quality) == (before.value, "good"), "the last one ages"
    assert trial.program.last[0].now.mono_ms - after.mono_ms >= 200_000
    hub._values = values
    trial.until(lambda: trial.reading("zone1-main-temp").mono_ms > after.mono_ms, 700)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Probe.BAD_CRC, "sent bytes that fail their checksum"),
        (Probe.POWER_ON, "says 85.0 °C, its power-on value"),
        (Probe.SHORTED, "sent all zeros: the data wire is shorted"),
        (Probe.MISSING, "is not on the bus"),
    ],
)
def test_a_probe_whose_answer_goes_bad_is_unknown_and_said(kind: Probe, words: str, tmp_path: Path) -> None:
    file = tmp_path / "elm.toml"
    file.write_text(with_probes(), encoding="utf-8")
    trial = Trial(str(file), warm_s=120)
    before = trial.reading("oat")
    assert before.value is not None
    trial.inject(ProbeFault("oat", kind))
    for _ in range(150):
        trial.run(1)
        reading = trial.reading("oat")
        assert reading.value is None or reading.mono_ms <= before.mono_ms + 30_000
    found: Any = trial.device("probe oat")
    assert words in found.words
    assert trial.reading("oat").value is None
    assert trial.reading("garage-air").value is not None
    trial.heal()
    trial.run(40)
    assert trial.reading("oat").value is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"UnitList": ["FahrenheitTimes100"] * 3}, "The unit of "),
        ({"UnitList": ["CelsiusTimes100"]}, "differ in length"),
        ({"ChannelNameList": ["dist-flow", "dist-swt", "dist-rwt"]}, "is not a channel of primary-btu"),
    ],
    ids=["other units", "a shorter list", "channels of another"],
)
def test_a_heat_meter_that_changes_its_lists_is_refused_whole(change: dict[str, Any], words: str) -> None:
    trial = Trial("maple", warm_s=200, tick_ms=2000)

    def spoil(body: dict[str, Any]) -> dict[str, Any]:
        count = len(body["ChannelNameList"])
        cut = {key: value[:count] for key, value in change.items()}
        if count == 1 and len(change.get("UnitList", [])) == 1:
            cut["UnitList"] = []
        return body | cut

    wire = OnTheWay(trial, "/primary-btu/multichannel-snapshot", spoil)
    refused(trial, "hp-lwt", wire, words, "primary-btu", 200)


def test_a_meter_that_answers_the_question_before_and_then_no_longer_is_read_right_all_the_time() -> None:
    trial = Trial(warm_s=60)
    trial.inject(MeterFault(Meter.LATE))
    trial.run(30)
    trial.heal()
    strays = trial.program.parts.rig.meter.modbus.strays
    trial.run(30)
    assert trial.program.parts.rig.meter.modbus.strays <= strays + 1
    assert trial.program.last[0].now.mono_ms - trial.reading("hp-odu-pwr").mono_ms <= 2_000
    assert trial.program.parts.rig.meter.device.errors == 0


def test_an_output_chip_that_stops_acknowledging_has_no_value_and_gets_range_and_volts_when_it_returns() -> (
    None
):
    trial = Trial(warm_s=120)
    board = trial.house.dac_boards[0]
    volts = dict(trial.world.outputs.volts)
    trial.inject(BusFault(Bus.NACK, board))
    trial.until(lambda: trial.program.readbacks["dist-010v"].value is None, 8)
    assert trial.program.readbacks["store-010v"].value is not None, "another chip"
    trial.heal()
    trial.until(lambda: trial.program.readbacks["dist-010v"].value is not None, 8)
    trial.run(8)
    assert trial.world.outputs.volts == pytest.approx(volts, abs=0.05)
