"""Heat meters: hand-shakes, measurements, refusals; the simulated one; real clients of all modules."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hw.clock import VirtualClock
from hw.latest import Latest
from hw.pico.btu import offset_s
from hw.pico.intake import Intake
from hw.pico.module import Samples
from hw.rig import Rig
from hw.twin.faults import Pico, PicoFault
from hw.twin.world import World
from layouts.model import House
from layouts.settings import Settings
from proto.devices import DeviceListener
from states.image import RANGE, Answer, Now, Post, Reading
from tests.hw.fakes import WALL_MS, at
from tests.hw.test_rig import Steady
from tests.layouts.devices import load, with_btus

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return load(with_btus(), tmp_path)


class Door:
    """The intake of a house with heat meters."""

    def __init__(self, house: House) -> None:
        self.intake = Intake(house)
        self.ms = 1000

    def raw(self, path: str, body: dict[str, Any]) -> tuple[Samples, Answer]:
        post = Post(7, "POST", path, json.dumps(body).encode(), "192.168.2.200:8000")
        return self.intake.take(post, at(self.ms))

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        _, answer = self.raw(path, body)
        assert answer.status == 200
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def words(self, name: str) -> str:
        return next(m.device.status.words for m in self.intake.modules if m.name == name)


@pytest.fixture
def door(house: House) -> Door:
    return Door(house)


def snapshot(*rows: tuple[str, int, str], uid: str = "pico_bee021") -> dict[str, Any]:
    names, values, units = zip(*rows, strict=True)
    return {
        "HwUid": uid, "ChannelNameList": list(names), "MeasurementList": list(values),
        "UnitList": list(units), "TypeName": "multichannel.snapshot", "Version": "000",
    }  # fmt: skip


PARAMS = {
    "HwUid": "pico_bee020", "ActorNodeName": "primary-btu", "FlowChannelName": "x", "SendHz": True,
    "ReadCtVoltage": False, "HotChannelName": "x", "ColdChannelName": "x", "CapturePeriodS": 5,
    "GallonsPerPulse": 1.0, "TypeName": "async.btu.params", "Version": "000",
}  # fmt: skip


def test_the_handshake_answers_everything_from_the_layout_gallons_per_pulse_too(door: Door) -> None:
    assert door.answer("/primary-btu/async-btu-params", PARAMS) == {
        "HwUid": "pico_bee020", "ActorNodeName": "primary-btu", "FlowChannelName": "primary-flow",
        "SendHz": False, "ReadCtVoltage": True, "HotChannelName": "hp-lwt", "ColdChannelName": "hp-ewt",
        "CtChannelName": "primary-btu-ct", "ThermistorBeta": 3977, "CapturePeriodS": 300,
        "CaptureOffsetS": offset_s(300, WALL_MS + 1000), "GallonsPerPulse": 0.0009,
        "AsyncCaptureDeltaGpmX100": 10, "AsyncCaptureDeltaCelsiusX100": 20,
        "AsyncCaptureDeltaCtVoltsX100": 20,
        "TypeName": "async.btu.params", "Version": "000",
    }  # fmt: skip


def test_a_meter_without_a_transformer_is_told_of_none(door: Door) -> None:
    body = PARAMS | {"ActorNodeName": "store-btu", "HwUid": "pico_0000aa"}
    answer = door.answer("/store-btu/async-btu-params", body)
    assert answer["ReadCtVoltage"] is False
    assert "CtChannelName" not in answer
    assert "AsyncCaptureDeltaCtVoltsX100" not in answer


@pytest.mark.parametrize("period_s", [5, 60, 300, 3600])
def test_the_offset_ends_at_a_whole_period_and_is_never_negative_nor_zero(period_s: int) -> None:
    for wall_ms in (WALL_MS, WALL_MS + 1, WALL_MS - 1, WALL_MS + 33, WALL_MS + period_s * 1000 - 40):
        offset = offset_s(period_s, wall_ms)
        assert 0 < offset <= period_s
        assert abs((wall_ms + 1000 * offset + 100) % (period_s * 1000) - 100) <= 100


def test_a_snapshot_becomes_readings_in_the_integers_of_the_wire(door: Door) -> None:
    rows = (
        ("hp-lwt", 4512, "CelsiusTimes100"),
        ("hp-ewt", -312, "CelsiusTimes100"),
        ("primary-flow", 612, "GpmTimes100"),
        ("primary-btu-ct", 57, "VoltsTimes100"),
    )
    samples, answer = door.raw("/primary-btu/multichannel-snapshot", snapshot(*rows, uid="pico_bee020"))
    assert {name: reading.value for name, reading in samples} == {
        "hp-lwt": 45_120, "hp-ewt": -3_120, "primary-flow": 612, "primary-btu-ct": 57,
    }  # fmt: skip
    assert {reading.mono_ms for _, reading in samples} == {1000}
    assert json.loads(answer.body), "the Ethernet firmware takes an empty answer for a failure"


def test_a_meter_that_sends_hertz_is_understood(door: Door) -> None:
    """100 Hz at 0.0009 gal: 5.4 gpm."""
    samples, _ = door.raw("/dist-btu/multichannel-snapshot", snapshot(("dist-flow", 10_000, "HzTimes100")))
    assert samples[0][1].value == 540


@pytest.mark.parametrize(
    ("channel", "value", "unit"),
    [
        ("dist-swt", 12_001, "CelsiusTimes100"),
        ("dist-swt", -4_001, "CelsiusTimes100"),
        ("dist-flow", -1, "GpmTimes100"),
        ("dist-flow", 10_001, "GpmTimes100"),
    ],
)
def test_what_no_pipe_can_have_has_no_value(door: Door, channel: str, value: int, unit: str) -> None:
    samples, _ = door.raw("/dist-btu/multichannel-snapshot", snapshot((channel, value, unit)))
    assert samples == ((channel, Reading(None, 1000, WALL_MS + 1000, RANGE)),)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"HwUid": "pico_ffffff"}, "dist-btu is pico_bee021, not 'pico_ffffff'."),
        ({"TypeName": "microvolts"}, "TypeName is 'microvolts', not 'multichannel.snapshot'."),
        ({"ChannelNameList": ["hp-lwt"]}, "'hp-lwt' is not a channel of dist-btu."),
        ({"UnitList": ["VoltsTimes100"]}, "The unit of dist-swt is 'VoltsTimes100', not 'CelsiusTimes100'."),
        ({"UnitList": ["V"] * 2}, "ChannelNameList, MeasurementList and UnitList differ in length."),
        ({"MeasurementList": [45.5]}, "The body is not a Snapshot: Expected `int`, got `float`"),
        ({"MeasurementList": [True]}, "The body is not a Snapshot: Expected `int`, got `bool`"),
    ],
)  # fmt: skip
def test_a_snapshot_that_does_not_fit_is_refused_whole_and_explained(
    door: Door, change: dict[str, Any], words: str
) -> None:
    body = snapshot(("dist-swt", 4512, "CelsiusTimes100")) | change
    samples, answer = door.raw("/dist-btu/multichannel-snapshot", body)
    assert samples == ()
    assert answer.status in (400, 403)
    assert json.loads(answer.body)["error"].startswith(words)
    assert door.words("dist-btu").startswith(words)


def test_where_it_posts_to_is_the_address_it_came_to_and_our_name(door: Door) -> None:
    body = {"HwUid": "pico_bee021", "BaseUrl": "x", "BackupUrl": None, "TypeName": "pico.comms.params"}
    assert door.answer("/dist-btu/pico-comms-params", body) == {
        "HwUid": "pico_bee021", "BaseUrl": "http://192.168.2.200:8000",
        "BackupUrl": f"http://{socket.gethostname()}.local:8000", "TypeName": "pico.comms.params",
        "Version": "000",
    }  # fmt: skip


@pytest.mark.parametrize("version", ["100", "000"])
def test_an_alert_is_heard_in_either_version_and_said(door: Door, version: str) -> None:
    body = {
        "HwUid": "pico_bee021", "ActorNodeName": "dist-btu", "BaseUrl": "http://192.168.2.200:8000",
        "Message": "ping failed", "TypeName": "baseurl.failure.alert", "Version": version,
    }  # fmt: skip
    door.answer("/dist-btu/baseurl-failure-alert", body)
    assert door.words("dist-btu") == "dist-btu cannot reach http://192.168.2.200:8000: ping failed"


@pytest.mark.parametrize("name", ["dist-btu", "primary-btu", "store-btu", "buffer", "tank1"])
def test_new_code_is_never_given_out(door: Door, name: str) -> None:
    _, answer = door.raw(f"/{name}/code-update", {"TypeName": "new.code", "Version": "100"})
    assert (answer.status, answer.body) == (404, b"{}")


def test_a_meter_the_layout_does_not_name_is_adopted_and_said(door: Door) -> None:
    door.raw(
        "/store-btu/multichannel-snapshot", snapshot(("store-flow", 0, "GpmTimes100"), uid="pico_123456")
    )
    assert door.words("store-btu") == "adopted pico_123456: write it into the layout as hw_uid"
    _, answer = door.raw(
        "/store-btu/multichannel-snapshot", snapshot(("store-flow", 0, "GpmTimes100"), uid="pico_654321")
    )
    assert answer.status == 403


# ------------------------------------------------------------------------------------- the simulated one


class Site:
    """The rig of a house with heat meters against its twin."""

    def __init__(self, house: House) -> None:
        self.clock = VirtualClock(WALL_MS, 50_000)
        self.world = World(house, Settings(), Steady(), self.clock)
        self.rig = Rig(house, Settings(), self.world.i2c, self.world.meter)
        self.outputs = dict.fromkeys(house.actuators, 0) | {z.node: z.default for z in house.zero_tens}
        self.posts: list[Post] = []

    def run(self, seconds: int, **outputs: int) -> None:
        self.outputs |= outputs
        for _ in range(seconds):
            now = self.clock.now()
            posts = self.world.devices.receive(now)
            self.posts += posts
            self.world.devices.answer(self.rig.read(now, posts).answers)
            self.rig.write(dict(self.outputs), now)
            self.clock.advance(1000)

    def reading(self, channel: str) -> Reading:
        return self.rig.read(self.clock.now()).readings[channel]


def test_the_twins_meters_tell_the_truth_of_their_circuits(house: House) -> None:
    site = Site(house)
    site.run(2400, relay5=1, relay6=0, relay12=1, relay11=1)
    truth = site.world.truth()
    assert (site.reading("primary-flow").value or 0) / 100 == pytest.approx(
        truth.flows_gpm["primary-flow"], abs=0.15
    )
    for pipe in ("hp-lwt", "hp-ewt", "dist-swt"):
        found_f = (site.reading(pipe).value or 0) * 0.0018 + 32
        assert found_f == pytest.approx(truth.pipes_f[pipe], abs=1.0)
    assert (site.reading("hp-lwt").value or 0) > 25_000
    assert site.reading("primary-btu-ct").value == 50
    assert all(site.rig.devices()[b.node].ok for b in house.btus)


def test_a_meter_that_stands_still_posts_once_a_period_and_not_every_second(house: House) -> None:
    site = Site(house)
    site.run(120)
    site.posts.clear()
    site.run(600)
    posted = [p for p in site.posts if p.path == "/dist-btu/multichannel-snapshot"]
    assert 2 <= len(posted) <= 6


def test_a_silent_meter_is_said_to_be_silent_and_a_frozen_one_goes_on(house: House) -> None:
    site = Site(house)
    site.run(400)
    site.world.inject(PicoFault("store-btu", Pico.SILENT))
    site.world.inject(PicoFault("dist-btu", Pico.FROZEN))
    site.run(800)
    assert site.rig.devices()["store-btu"].words == "silent for more than 150 s"
    assert site.rig.devices()["dist-btu"].ok


# ------------------------------------------------------------------------- real clients, another process


def test_the_firmware_of_every_module_gets_through_its_boot_over_real_http(tmp_path: Path) -> None:
    text = with_btus().replace("[btus]\n", "[flows]\n" + FLOWS + "\n[btus]\n")
    for line in ('primary-btu = { hw_uid = "pico_bee020", read_ct = true, gallons_per_pulse = 0.0009 }\n',
                 "store-btu = { capture_period_s = 60 }\n"):  # fmt: skip
        text = text.replace(line, "")
    text = text.replace('hw_uid = "pico_bee021" }', 'hw_uid = "pico_bee021", flow = "sieg-flow" }')
    text = text.replace("[pipes.thermistors]", "[pipes.thermistors]\n" + PIPES)
    house = load(text, tmp_path)
    listener, latest, intake = DeviceListener("127.0.0.1", 0), Latest(), Intake(house)
    command = [sys.executable, "-m", "tests.hw.pico_client", str(listener.port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as client:
        give_up = time.monotonic() + 20
        while client.poll() is None and time.monotonic() < give_up:
            now = Now(WALL_MS, 1000, time.monotonic_ns() // 1_000_000)
            for post in listener.receive(now):
                samples, answer = intake.take(post, now)
                for channel, reading in samples:
                    latest.put(channel, reading)
                listener.answer((answer,))
            time.sleep(0.002)
        assert client.stdout is not None
        said = [json.loads(line) for line in client.stdout]
    listener.close()
    by_path = {path: (status, body) for path, status, body in said}
    for path, (status, body) in by_path.items():
        assert status == (404 if path.endswith("code-update") else 200), (path, body)
        if path.endswith("-params"):
            assert msgspec.json.decode(body, type=dict[str, Any]).get("CaptureOffsetS", 0) >= 0
    comms = json.loads(by_path["/dist-btu/pico-comms-params"][1])
    assert comms["BaseUrl"] == f"http://127.0.0.1:{listener.port}"
    values = {name: reading.value for name, reading in latest.readings().items()}
    assert values["buffer-depth1-device"] == 60_030
    assert values["dist-flow"] == 540
    assert values["dist-swt"] == 45_120


FLOWS = """
primary-flow = { kind = "hall", hw_uid = "pico_bee010", gallons_per_tick = 0.0009 }
dist-flow = { kind = "hall", hw_uid = "pico_bee011", gallons_per_tick = 0.0009 }
store-flow = { kind = "reed", hw_uid = "pico_bee012", gallons_per_tick = 0.0748 }
"""
PIPES = "hp-lwt = 3\nhp-ewt = 4\nstore-hot-pipe = 5\nstore-cold-pipe = 6\n"
