"""Posts of tank modules, flow modules and the hub: handshakes, measurements, refusals."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.device import DeviceStatus
from hw.pico.intake import MAX_BODY, Intake
from hw.pico.module import Samples
from hw.pico.tank import offset_s
from layouts.load import load_house
from layouts.model import House
from states.image import Answer, Post, Reading
from tests.hw.fakes import WALL_MS, at

HUB = "/34-e1-d1-80-be-ec"


class Door:
    """The intake of beech and what goes through it."""

    def __init__(self, house: House | None = None) -> None:
        self.house = house or load_house("beech")
        self.intake = Intake(self.house)
        self.ms = 1000

    def raw(self, path: str, body: bytes, method: str = "POST") -> tuple[Samples, Answer]:
        samples, answer = self.intake.take(Post(7, method, path, body), at(self.ms))
        assert answer.ticket == 7
        return samples, answer

    def post(self, path: str, body: dict[str, Any]) -> tuple[dict[str, Reading], int]:
        samples, answer = self.raw(path, json.dumps(body).encode())
        return dict(samples), answer.status

    def status(self, name: str) -> DeviceStatus:
        return next(m.device.status for m in self.intake.modules if m.name == name)


@pytest.fixture
def door() -> Door:
    return Door()


def without_uid(house: House) -> House:
    """The house whose layout does not name the buffer's module."""
    buffer = msgspec.structs.replace(house.tanks[0], hw_uid=None)
    return msgspec.structs.replace(house, tanks=(buffer, *house.tanks[1:]))


def tank_params(**changes: Any) -> dict[str, Any]:
    return {
        "HwUid": "pico_bee000", "ActorNodeName": "buffer", "CapturePeriodS": 60, "Samples": 1000,
        "NumSampleAverages": 10, "AsyncCaptureDeltaMicroVolts": 500,
        "TypeName": "tank.module.params", "Version": "110",
    } | changes  # fmt: skip


def micro_volts(**changes: Any) -> dict[str, Any]:
    return {
        "HwUid": "pico_bee000", "AboutNodeNameList": ["buffer-depth1", "buffer-depth2", "buffer-depth3"],
        "MicroVoltsList": [1_000_000, 1_200_000, 1_500_000], "TypeName": "microvolts", "Version": "100",
    } | changes  # fmt: skip


# ------------------------------------------------------------------------------------------- tanks


def test_a_tank_module_is_told_the_layouts_parameters(door: Door) -> None:
    _, answer = door.raw("/buffer/tank-module-params", json.dumps(tank_params(PicoAB="a")).encode())
    assert answer.status == 200
    assert answer.content_type == "application/json"
    told = json.loads(answer.body)
    assert told == tank_params(
        NumSampleAverages=30,
        AsyncCaptureDeltaMicroVolts=2000,
        PicoAB="a",
        CaptureOffsetS=offset_s(60, WALL_MS + 1000),
    )


@pytest.mark.parametrize(
    ("wall_ms", "expected"),
    [(0, 58.0), (1_000, 57.0), (57_999, 0.001), (58_000, 0.0), (59_500, 0.0), (59_999, 0.0), (61_000, 57.0)],
)
def test_the_capture_offset_lands_two_seconds_early_and_is_never_negative(
    wall_ms: int, expected: float
) -> None:
    assert offset_s(60, wall_ms) == expected


def test_three_depths_become_three_temperatures_and_three_voltages(door: Door) -> None:
    samples, status = door.post("/buffer/microvolts", micro_volts())
    assert status == 200
    assert {name: reading.value for name, reading in samples.items()} == {
        "buffer-depth1-device": 60_030,
        "buffer-depth2-device": 52_580,
        "buffer-depth3-device": 42_830,
        "buffer-depth1-micro-v": 1_000_000,
        "buffer-depth2-micro-v": 1_200_000,
        "buffer-depth3-micro-v": 1_500_000,
    }
    assert all(reading.mono_ms == 1000 for reading in samples.values())
    assert door.status("buffer").ok


def test_a_single_depth_may_come_alone(door: Door) -> None:
    body = micro_volts(AboutNodeNameList=["buffer-depth2"], MicroVoltsList=[2_108_626])
    samples, _ = door.post("/buffer/microvolts", body)
    assert samples["buffer-depth2-device"].value == 25_000
    assert len(samples) == 2


def test_data_posts_are_answered_with_an_empty_200(door: Door) -> None:
    _, answer = door.raw("/buffer/microvolts", json.dumps(micro_volts()).encode())
    assert (answer.status, answer.body) == (200, b"")


def test_sensor_order_says_where_each_sensor_hangs() -> None:
    house = load_house("beech")
    buffer = msgspec.structs.replace(house.tanks[0], sensor_order=(3, 1, 2))
    door = Door(msgspec.structs.replace(house, tanks=(buffer, *house.tanks[1:])))
    samples, _ = door.post("/buffer/microvolts", micro_volts())
    assert samples["buffer-depth3-device"].value == 60_030
    assert samples["buffer-depth1-device"].value == 52_580
    assert samples["buffer-depth2-micro-v"].value == 1_500_000


@pytest.mark.parametrize(("value", "quality"), [(0, "short"), (3_299_999, "open"), (150_000, "out-of-range")])
def test_a_broken_depth_has_no_temperature_and_the_others_stand(door: Door, value: int, quality: str) -> None:
    samples, status = door.post("/buffer/microvolts", micro_volts(MicroVoltsList=[value, 10**6, 10**6]))
    assert status == 200
    assert (samples["buffer-depth1-device"].value, samples["buffer-depth1-device"].quality) == (None, quality)
    assert samples["buffer-depth1-micro-v"].value == value
    assert samples["buffer-depth2-device"].value == 60_030


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"HwUid": "pico_bee001"}, 403),
        ({"HwUid": 5}, 400),
        ({"TypeName": "ticklist.hall"}, 400),
        ({"AboutNodeNameList": ["tank1-depth1"], "MicroVoltsList": [10**6]}, 400),
        ({"AboutNodeNameList": ["buffer-depth4"], "MicroVoltsList": [10**6]}, 400),
        ({"MicroVoltsList": [10**6]}, 400),
        ({"MicroVoltsList": []}, 400),
        ({"MicroVoltsList": [10**6, 10**6, 10**30]}, 400),
        ({"MicroVoltsList": [10**6, 10**6, 3_400_001]}, 400),
        ({"MicroVoltsList": [10**6, 10**6, True]}, 400),
        ({"MicroVoltsList": [10**6, 10**6, 1.5]}, 400),
        ({"MicroVoltsList": [10**6] * 4, "AboutNodeNameList": ["buffer-depth1"] * 4}, 400),
        ({"MicroVoltsList": None}, 400),
    ],
)
def test_a_post_that_does_not_fit_is_refused_whole_counted_and_explained(
    door: Door, changes: dict[str, Any], status: int
) -> None:
    samples, found = door.post("/buffer/microvolts", micro_volts(**changes))
    assert found == status
    assert samples == {}
    assert door.intake.refused == {"buffer": 1}
    assert door.status("buffer").words
    assert door.status("buffer").errors == 1


@pytest.mark.parametrize("changes", [{"HwUid": "pico_bee001"}, {"ActorNodeName": "tank1"}, {"TypeName": "x"}])
def test_a_handshake_of_somebody_else_gets_no_parameters(door: Door, changes: dict[str, Any]) -> None:
    _, answer = door.raw("/buffer/tank-module-params", json.dumps(tank_params(**changes)).encode())
    assert answer.status in (400, 403)
    assert "CapturePeriodS" not in json.loads(answer.body)


def test_without_a_uid_in_the_layout_the_first_module_is_adopted() -> None:
    door = Door(without_uid(load_house("beech")))
    assert door.post("/buffer/tank-module-params", tank_params(HwUid="pico_abcdef"))[1] == 200
    assert door.post("/buffer/microvolts", micro_volts(HwUid="pico_abcdef"))[1] == 200
    assert door.post("/buffer/microvolts", micro_volts(HwUid="pico_123456"))[1] == 403
    door.post("/buffer/microvolts", micro_volts(HwUid="pico_abcdef"))
    assert door.status("buffer").ok
    assert "adopted pico_abcdef" in door.status("buffer").words


def test_after_our_restart_a_module_that_only_sends_data_is_adopted_too() -> None:
    door = Door(without_uid(load_house("beech")))
    assert door.post("/buffer/microvolts", micro_volts(HwUid="pico_abcdef"))[1] == 200


def test_a_uid_that_is_no_uid_is_not_adopted() -> None:
    door = Door(without_uid(load_house("beech")))
    assert door.post("/buffer/microvolts", micro_volts(HwUid="<script>"))[1] == 403


# --------------------------------------------------------------------------------------- the router


@pytest.mark.parametrize("path", ["/buffer/code-update", "/primary-flow/code-update", "/nobody/code-update"])
def test_new_code_is_never_given_out(door: Door, path: str) -> None:
    body = json.dumps({"HwUid": "pico_bee000", "TypeName": "new.code", "Version": "100"}).encode()
    _, answer = door.raw(path, body)
    assert (answer.status, answer.body) == (404, b"{}")
    assert door.intake.refused == {}


@pytest.mark.parametrize(
    "path", ["", "/", "/buffer", "/buffer/microvolts/", "/tank9/microvolts", "//", "/\0"]
)
def test_an_unknown_path_is_404_and_counted(door: Door, path: str) -> None:
    assert door.raw(path, b"{}")[1].status == 404
    assert door.intake.refused == {"unknown-path": 1}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "", "X" * 1000])
def test_devices_post_and_nothing_else(door: Door, method: str) -> None:
    assert door.raw("/buffer/microvolts", b"{}", method)[1].status == 405


def test_a_body_over_the_limit_is_refused_unread(door: Door) -> None:
    assert door.raw("/buffer/microvolts", b"[" * (MAX_BODY + 1))[1].status == 413


def test_a_deeply_nested_body_is_refused(door: Door) -> None:
    assert door.raw("/buffer/microvolts", b"[" * MAX_BODY)[1].status == 400
    assert door.raw(HUB, b'{"content":' * 5000)[1].status == 400


def test_a_module_that_falls_silent_is_said_to_be_silent_once(door: Door) -> None:
    door.post("/buffer/microvolts", micro_volts())
    for ms in range(1000, 160_000, 1000):
        door.intake.tend(at(ms))
    assert not door.status("buffer").ok
    assert door.status("buffer").words == "silent for more than 150 s"
    assert door.status("buffer").errors == 1
    door.ms = 200_000
    door.post("/buffer/microvolts", micro_volts())
    assert door.status("buffer").ok


def test_a_disabled_module_has_no_door() -> None:
    house = load_house("beech")
    buffer = msgspec.structs.replace(house.tanks[0], enabled=False)
    door = Door(msgspec.structs.replace(house, tanks=(buffer, *house.tanks[1:])))
    assert door.post("/buffer/microvolts", micro_volts())[1] == 404


# ------------------------------------------------------------------------------------------- the hub


def event(name: str, value: object, device: object = "3", unit: object = None) -> dict[str, Any]:
    return {"content": {"name": name, "value": value, "deviceId": device, "unit": unit, "type": None}}


@pytest.mark.parametrize(
    ("body", "channel", "value"),
    [
        (event("temperature", "68.5", unit="°F"), "zone1-down-temp", 68_500),
        (event("temperature", 68.5, 3), "zone1-down-temp", 68_500),
        (event("temperature", 70, "4", "F"), "zone2-up-temp", 70_000),
        (event("heatingSetpoint", "66.0"), "zone1-down-set", 66_000),
        (event("thermostatOperatingState", "idle"), "zone1-down-state", 0),
        (event("thermostatOperatingState", "heating"), "zone1-down-state", 1),
        (event("thermostatOperatingState", "pending heat"), "zone1-down-state", 2),
        (event("thermostatOperatingState", "fan only", 4), "zone2-up-state", 6),
    ],
)
def test_the_hub_tells_of_thermostats(door: Door, body: dict[str, Any], channel: str, value: int) -> None:
    samples, status = door.post(HUB, body)
    assert status == 200
    assert {name: reading.value for name, reading in samples.items()} == {channel: value}


def test_the_hubs_path_is_its_mac_in_either_case(door: Door) -> None:
    assert door.post(HUB.upper(), event("temperature", "68"))[1] == 200


@pytest.mark.parametrize(
    "body",
    [event("temperature", "68", "99"), event("battery", "90"), event("supportedModes", ["a"] * 50)],
)
def test_what_is_not_ours_is_answered_and_ignored(door: Door, body: dict[str, Any]) -> None:
    assert door.post(HUB, body) == ({}, 200)
    assert door.intake.refused == {}


@pytest.mark.parametrize(
    "body",
    [
        event("temperature", "nan"),
        event("temperature", "warm"),
        event("temperature", "1e400"),
        event("temperature", "451"),
        event("temperature", "-60"),
        event("temperature", None),
        event("temperature", "null"),
        event("temperature", True),
        event("temperature", ["68"]),
        event("temperature", "20", unit="°C"),
        event("thermostatOperatingState", "on fire"),
        event("thermostatOperatingState", 1),
        {"content": "temperature"},
        {"content": {"name": "temperature", "value": "68"}},
        {},
    ],
)
def test_a_hub_event_no_thermostat_would_send_is_refused(door: Door, body: dict[str, Any]) -> None:
    assert door.post(HUB, body) == ({}, 400)
    assert door.intake.refused == {"hubitat": 1}


# --------------------------------------------------------------------------------------------- fuzz

PATHS = [
    "/buffer/microvolts",
    "/buffer/tank-module-params",
    "/primary-flow/ticklist-hall",
    "/primary-flow/flow-hall-params",
    "/store-flow/ticklist-reed",
    "/store-flow/flow-reed-params",
    HUB,
]
KEYS = st.sampled_from([
    "HwUid", "ActorNodeName", "FlowNodeName", "TypeName", "AboutNodeNameList", "MicroVoltsList",
    "FirstTickTimestampNanoSecond", "RelativeMicrosecondList", "RelativeMillisecondList",
    "PicoBeforePostTimestampNanoSecond", "content", "name", "value", "deviceId", "unit",
])  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from([
        "pico_bee000", "pico_bee010", "pico_bee012", "buffer", "buffer-depth1", "primary-flow", "store-flow",
        "microvolts", "ticklist.hall", "ticklist.reed", "tank.module.params", "temperature", "3",
    ])
)  # fmt: skip
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=20,
)
DOOR = Door()


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(PATHS), BODIES | st.dictionaries(KEYS, SCALARS | st.lists(st.integers(), max_size=9)))
def test_no_json_whatever_gets_through_as_anything_but_a_measurement(path: str, body: object) -> None:
    DOOR.ms += 1000
    samples, answer = DOOR.raw(path, json.dumps(body).encode())
    assert answer.status in (200, 400, 403)
    for name, reading in samples:
        assert name in DOOR.house.channel_by_name
        assert reading.mono_ms <= DOOR.ms
        assert reading.value is None or abs(reading.value) < 2**40


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), st.binary(max_size=200))
def test_no_bytes_whatever_raise(path: str, body: bytes) -> None:
    assert DOOR.raw(path, body)[1].status in (200, 400, 403)
