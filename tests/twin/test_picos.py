"""The Wi-Fi modules and the hub: boot, posts, ticks, power, faults."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from hw.twin.faults import Pico, PicoFault
from hw.twin.thermistor import tank_micro_volts
from hw.twin.world import SensorNoise, World
from states.image import Answer, Post
from tests.twin.house import HandClock, Steady, energise, listen, reply, world

Heard = list[tuple[int, Post]]
HUB = "/34-e1-d1-82-22-22"
HP_ON = (5, 12, 11)


def body(post: Post) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(post.body)
    return decoded


def of(heard: Heard, path: str) -> Heard:
    return [(ms, post) for ms, post in heard if post.path == path]


def running(layout: str = "orange", **asks: Any) -> tuple[World, HandClock]:
    """A house whose modules are past their boot."""
    house, clock = world(layout, **asks)
    listen(house, clock, 60)
    assert set(house.truth().modules.values()) == {"running"}
    return house, clock


# --------------------------------------------------------------------------------------------- boot


def test_a_module_asks_for_code_then_for_parameters_then_measures() -> None:
    house, clock = world()
    heard = listen(house, clock, 30, tick_ms=100)
    for actor, first in (("buffer", "microvolts"), ("primary-flow", "ticklist-reed")):
        suffixes = [post.path.rsplit("/", 1)[1] for _, post in heard if post.path.startswith(f"/{actor}/")]
        params = "tank-module-params" if actor == "buffer" else "flow-reed-params"
        assert suffixes[:3] == ["code-update", params, first]


def test_the_bodies_of_the_handshake_are_those_of_the_firmware() -> None:
    house, clock = world()
    heard = listen(house, clock, 20)
    code = body(of(heard, "/tank1/code-update")[0][1])
    uid = house.house.tanks[1].hw_uid
    assert code == {"HwUid": uid, "ActorNodeName": "tank1", "TypeName": "new.code", "Version": "100"}
    params = body(of(heard, "/tank1/tank-module-params")[0][1])
    assert params == {
        "HwUid": uid, "ActorNodeName": "tank1", "CapturePeriodS": 60, "Samples": 1000,
        "NumSampleAverages": 10, "AsyncCaptureDeltaMicroVolts": 500,
        "TypeName": "tank.module.params", "Version": "110",
    }  # fmt: skip
    flow = body(of(heard, "/store-flow/flow-reed-params")[0][1])
    assert flow == {
        "HwUid": house.house.flows[1].hw_uid, "ActorNodeName": "store-flow", "FlowNodeName": "store-flow",
        "PublishTicklistLength": 10, "PublishAnyTicklistAfterS": 180, "DeadbandMilliseconds": 10,
        "TypeName": "flow.reed.params", "Version": "101",
    }  # fmt: skip


def test_nobody_listening_at_boot_stops_the_module_until_its_power_is_cycled() -> None:
    house, clock = world()
    clock.forward(600_000)
    assert of([(0, p) for p in house.devices.receive(clock.now())], "/buffer/code-update") == []
    assert house.truth().modules["buffer"] == "hung"
    listen(house, clock, 120)
    assert house.truth().modules["buffer"] == "hung"
    energise(house, 1)
    listen(house, clock, 5)
    energise(house)
    listen(house, clock, 60)
    assert house.truth().modules["buffer"] == "running"


def test_an_unanswered_parameter_post_blocks_the_module_for_ever() -> None:
    house, clock = world()
    for _ in range(300):
        posts = house.devices.receive(clock.forward(1000))
        house.devices.answer([reply(p) for p in posts if not p.path.endswith("-params")])
    assert house.truth().modules["tank2"] == "asking-params"


@pytest.mark.parametrize("answer", [b"", b"import machine\n"])
def test_an_answer_to_code_update_that_is_not_json_overwrites_the_program(answer: bytes) -> None:
    house, clock = world()
    for _ in range(20):
        posts = house.devices.receive(clock.forward(1000))
        house.devices.answer([Answer(p.ticket, 200, answer) for p in posts if "buffer/code" in p.path])
    assert house.truth().modules["buffer"] == "replaced"
    energise(house, 1)
    energise(house)
    listen(house, clock, 120)
    assert house.truth().modules["buffer"] == "replaced"


@pytest.mark.parametrize(
    "answer", [b"{}", b"[1]", b"not json", b'{"CapturePeriodS":-5,"CaptureOffsetS":"x"}']
)
def test_a_poor_parameter_answer_leaves_the_firmware_values(answer: bytes) -> None:
    house, clock = world()
    posts: Heard = []
    for _ in range(200):
        now = clock.forward(1000)
        got = house.devices.receive(now)
        house.devices.answer(
            [Answer(p.ticket, 200, answer) if p.path.endswith("-params") else reply(p) for p in got]
        )
        posts += [(now.mono_ms, p) for p in got]
    full = [ms for ms, p in of(posts, "/tank3/microvolts") if len(body(p)["MicroVoltsList"]) == 3]
    assert [b - a for a, b in pairwise(full)] == [60_000] * (len(full) - 1)
    assert len(full) >= 3


# ------------------------------------------------------------------------------------------- 5 V bus


def test_after_the_5_v_return_a_module_is_back_within_45_seconds_and_not_at_once() -> None:
    house, clock = running()
    energise(house, 1)
    assert set(house.truth().modules.values()) == {"off"}
    silent = listen(house, clock, 30)
    assert {post.path for _, post in silent} <= {HUB}
    energise(house)
    back_ms = clock.mono_ms
    heard = [(ms, p) for ms, p in listen(house, clock, 60) if p.path != HUB]
    first = {p.path.split("/")[1]: ms for ms, p in reversed(heard)}
    assert set(first) == set(house.truth().modules)
    assert all(30_000 <= ms - back_ms <= 46_000 for ms in first.values())
    assert {p.path.rsplit("/", 1)[1] for _, p in heard[:1]} == {"code-update"}


def test_a_five_second_power_cut_between_two_plant_steps_is_felt() -> None:
    house, clock = running()
    while clock.mono_ms % 10_000 != 2000:
        listen(house, clock, 1)
    energise(house, 1)
    listen(house, clock, 5)
    energise(house)
    assert set(house.truth().modules.values()) == {"booting"}


def test_a_module_keeps_its_parameters_through_a_power_cut() -> None:
    house, clock = running()
    energise(house, 1)
    energise(house)
    heard = listen(house, clock, 60)
    params = body(of(heard, "/tank1/tank-module-params")[0][1])
    assert params["AsyncCaptureDeltaMicroVolts"] == 2000


# ---------------------------------------------------------------------------------------- tank posts


def test_a_full_post_comes_every_period_and_says_what_the_plant_is() -> None:
    house, clock = running()
    heard = listen(house, clock, 300)
    full = [(ms, body(p)) for ms, p in of(heard, "/tank1/microvolts") if len(body(p)["MicroVoltsList"]) == 3]
    assert [b[0] - a[0] for a, b in pairwise(full)] == [60_000] * (len(full) - 1)
    last = full[-1][1]
    assert last["AboutNodeNameList"] == ["tank1-depth1", "tank1-depth2", "tank1-depth3"]
    assert (last["TypeName"], last["Version"]) == ("microvolts", "100")
    temp_c = house.plant.store[0].sensor_c(1)
    assert last["MicroVoltsList"][0] == pytest.approx(tank_micro_volts(temp_c, 3977.0), abs=200)


def test_a_depth_posts_alone_when_it_moved_by_more_than_its_delta() -> None:
    house, clock = running()
    house.plant.buffer.temps = [50.0, 50.0, 48.0, 48.0, 46.0, 46.0]
    listen(house, clock, 20)
    energise(house, *HP_ON)
    heard = listen(house, clock, 900)
    single = [
        (ms, body(p)) for ms, p in of(heard, "/buffer/microvolts") if len(body(p)["MicroVoltsList"]) == 1
    ]
    top = [b["MicroVoltsList"][0] for _, b in single if b["AboutNodeNameList"] == ["buffer-depth1"]]
    assert len(top) > 20
    moves = [abs(b - a) for a, b in pairwise(top)]
    assert min(moves) > 2000
    assert min(moves) < 4000


def test_a_small_move_of_a_resting_tank_is_posted_when_it_passes_the_delta() -> None:
    house, clock = running()
    listen(house, clock, 60)
    for change_k, posts in ((0.05, 0), (0.06, 3)):
        while not of(listen(house, clock, 1), "/tank3/microvolts"):
            pass
        tank = house.plant.store[2]
        tank.temps = [t + change_k for t in tank.temps]
        heard = of(listen(house, clock, 21), "/tank3/microvolts")
        assert sum(len(body(p)["MicroVoltsList"]) == 1 for _, p in heard) == posts


def test_a_tank_at_rest_does_not_post_between_its_periods() -> None:
    house, clock = running()
    listen(house, clock, 60)
    heard = listen(house, clock, 300)
    assert len(of(heard, "/tank3/microvolts")) <= 6


def test_a_swapped_sensor_order_swaps_what_is_posted() -> None:
    import msgspec

    from hw.twin.noise import Noise
    from hw.twin.tank_module import TankModule

    house, _ = world()
    tank = msgspec.structs.replace(house.house.tanks[0], sensor_order=(3, 1, 2))
    module = TankModule(tank, "pico_aaaaaa", lambda: (60.0, 50.0, 40.0), Noise(1, "x"), 0.0, 0, 0)
    expected = [int(tank_micro_volts(t, 3977.0)) for t in (40.0, 60.0, 50.0)]
    assert module.micro_volts() == expected


# ---------------------------------------------------------------------------------------- flow posts


def ticks_ns(heard: Heard, path: str) -> list[int]:
    """Absolute tick times by the module's clock, over all posts."""
    unit = 1000 if path.endswith("hall") else 1_000_000
    key = "RelativeMicrosecondList" if path.endswith("hall") else "RelativeMillisecondList"
    times: list[int] = []
    for _, post in of(heard, path):
        data = body(post)
        assert (data["FirstTickTimestampNanoSecond"] is None) == (data[key] == [])
        if data[key]:
            assert data[key][0] == 0
            times += [data["FirstTickTimestampNanoSecond"] + unit * t for t in data[key]]
            assert times[-1] <= data["PicoBeforePostTimestampNanoSecond"]
    return times


def test_reed_ticks_of_a_steady_pump_are_evenly_spaced_across_posts() -> None:
    house, clock = running()
    energise(house, *HP_ON)
    listen(house, clock, 60)
    heard = listen(house, clock, 600)
    times = ticks_ns(heard, "/primary-flow/ticklist-reed")
    gaps = [(b - a) / 1e9 for a, b in pairwise(times)]
    assert gaps == pytest.approx([0.0748 * 60 / 5.5] * len(gaps), abs=0.0021)
    gallons = len(times) * 0.0748
    assert gallons == pytest.approx(5.5 * 10, abs=0.9)


def test_a_reed_list_is_posted_at_ten_ticks_or_ten_seconds() -> None:
    house, clock = running()
    energise(house, *HP_ON)
    listen(house, clock, 60)
    heard = listen(house, clock, 120, tick_ms=100)
    sizes = {len(body(p)["RelativeMillisecondList"]) for _, p in of(heard, "/primary-flow/ticklist-reed")}
    assert sizes == {10}
    for _, post in of(heard, "/primary-flow/ticklist-reed"):
        data = body(post)
        last_ms = data["FirstTickTimestampNanoSecond"] / 1e6 + data["RelativeMillisecondList"][-1]
        assert data["PicoBeforePostTimestampNanoSecond"] / 1e6 - last_ms < 3.0
    empty = of(heard, "/store-flow/ticklist-reed")
    assert {b[0] - a[0] for a, b in pairwise(empty)} == {10_000}
    assert all(body(p)["RelativeMillisecondList"] == [] for _, p in empty)


def test_hall_ticks_of_a_steady_pump_are_evenly_spaced_across_posts() -> None:
    house, clock = running("beech")
    assert house.house.flows[0].kind == "hall"
    energise(house, *HP_ON)
    listen(house, clock, 60)
    heard = listen(house, clock, 100)
    times = ticks_ns(heard, "/primary-flow/ticklist-hall")
    gaps = [(b - a) / 1e6 for a, b in pairwise(times)]
    assert gaps == pytest.approx([0.0009 * 60 / 5.5 * 1000] * len(gaps), abs=0.005)
    assert {b[0] - a[0] for a, b in pairwise(of(heard, "/primary-flow/ticklist-hall"))} == {10_000}
    assert {b[0] - a[0] for a, b in pairwise(of(heard, "/dist-flow/ticklist-hall"))} == {7_000}


def test_water_short_of_a_tick_is_carried_over_and_nothing_is_lost_or_made() -> None:
    """The flow changes every 30 s for half an hour; ticks x gallons must be the true volume."""
    house, clock = running()
    before = [0.0]
    heard: Heard = []
    for i in range(60):
        energise(house, *(HP_ON if i % 2 else (5, 6, 12, 11)))
        house.i2c.write(0x5E, b"\x04" + (int(4095 * (20 + i) / 100) << 4).to_bytes(2, "little"))
        for _ in range(30):
            heard += listen(house, clock, 1)
            before[0] += house.truth().flows_gpm["primary-flow"] / 60.0
    house.i2c.write(0x5E, b"\x04\x00\x00")
    heard += listen(house, clock, 30)
    gallons = len(ticks_ns(heard, "/primary-flow/ticklist-reed")) * 0.0748
    assert gallons == pytest.approx(before[0], abs=0.0748 + 5.5 * 1.6 / 6)


def test_the_flow_of_a_stopped_pump_ends_in_empty_lists() -> None:
    house, clock = running()
    energise(house, *HP_ON)
    listen(house, clock, 120)
    energise(house, 5, 6, 12)
    listen(house, clock, 30)
    heard = listen(house, clock, 60)
    assert ticks_ns(heard, "/primary-flow/ticklist-reed") == []
    assert len(of(heard, "/primary-flow/ticklist-reed")) >= 5


# ----------------------------------------------------------------------------------------------- hub


def test_the_hub_says_everything_at_first_then_changes_then_refreshes_every_300_s() -> None:
    house, clock = world(weather=Steady(50.0))
    heard = listen(house, clock, 20)
    said = {body(p)["content"]["name"]: body(p)["content"] for _, p in of(heard, HUB)}
    assert said["temperature"]["value"] == "68.0"
    assert said["heatingSetpoint"]["value"] == "68.0"
    assert said["thermostatOperatingState"]["value"] == "idle"
    assert said["temperature"]["deviceId"] == str(house.house.zones[0].hub_device_id)
    listen(house, clock, 30)
    house.set_setpoint("zone1-main", 70.0)
    heard = of(listen(house, clock, 20), HUB)
    assert [(body(p)["content"]["name"], body(p)["content"]["value"]) for _, p in heard] == [
        ("heatingSetpoint", "70.0"),
        ("thermostatOperatingState", "heating"),
    ]
    names = [body(p)["content"]["name"] for _, p in of(listen(house, clock, 900), HUB)]
    assert names.count("heatingSetpoint") == 3


def test_the_hub_lives_through_a_power_cut_of_the_modules() -> None:
    house, clock = running()
    energise(house, 1)
    house.set_setpoint("zone1-main", 65.0)
    assert of(listen(house, clock, 20), HUB) != []


# -------------------------------------------------------------------------------------------- faults


def test_a_silent_module_is_silent_and_comes_back() -> None:
    house, clock = running()
    number = house.inject(PicoFault("tank1", Pico.SILENT))
    listen(house, clock, 10)
    assert of(listen(house, clock, 300), "/tank1/microvolts") == []
    house.heal(number)
    assert len(of(listen(house, clock, 130), "/tank1/microvolts")) >= 2


def test_a_frozen_module_goes_on_saying_what_it_said() -> None:
    house, clock = running()
    house.inject(PicoFault("buffer", Pico.FROZEN))
    energise(house, *HP_ON)
    heard = listen(house, clock, 900)
    lists = [body(p)["MicroVoltsList"] for _, p in of(heard, "/buffer/microvolts")]
    assert len(lists) >= 14
    assert all(values == lists[0] for values in lists)


def test_a_frozen_flow_module_goes_on_counting() -> None:
    house, clock = running()
    energise(house, *HP_ON)
    listen(house, clock, 60)
    house.inject(PicoFault("primary-flow", Pico.FROZEN))
    energise(house, 5, 6, 12)
    listen(house, clock, 60)
    heard = listen(house, clock, 60)
    assert len(ticks_ns(heard, "/primary-flow/ticklist-reed")) == pytest.approx(73, abs=10)


def test_garbage_and_wrong_identities_reach_the_listener_as_they_are() -> None:
    house, clock = running()
    house.inject(PicoFault("tank1", Pico.GARBAGE))
    house.inject(PicoFault("tank2", Pico.WRONG_UID))
    house.inject(PicoFault("hubitat", Pico.GARBAGE))
    listen(house, clock, 10)
    heard = listen(house, clock, 330)
    with pytest.raises(ValueError, match=r"."):
        body(of(heard, "/tank1/microvolts")[0][1])
    assert body(of(heard, "/tank2/microvolts")[0][1])["HwUid"] == "pico_000000"
    with pytest.raises(ValueError, match=r"."):
        body(of(heard, HUB)[0][1])
    with pytest.raises(ValueError, match="attic"):
        house.inject(PicoFault("attic", Pico.SILENT))


def test_posts_not_answered_with_200_are_counted_as_lost() -> None:
    house, clock = running()
    lost = house.devices.lost
    count = 0
    for _ in range(120):
        posts = house.devices.receive(clock.forward(1000))
        house.devices.answer([Answer(p.ticket, 500) for p in posts])
        count += len(posts)
    assert house.devices.lost - lost == count > 20


def test_tickets_nobody_gave_out_are_ignored() -> None:
    house, clock = running()
    house.devices.answer([Answer(999_999, 200, b"x"), Answer(-1, 404)])
    listen(house, clock, 60)
    assert set(house.truth().modules.values()) == {"running"}


def test_a_listener_that_was_away_for_an_hour_finds_no_flood() -> None:
    house, clock = running()
    clock.forward(3_600_000)
    posts = house.devices.receive(clock.now())
    assert len(posts) < 200
    assert house.devices.lost > 100


# ---------------------------------------------------------------------------------------- randomness


def transcript(seed: int, tick_ms: int) -> list[tuple[str, bytes]]:
    from tests.twin.house import settings

    house, clock = running(site=settings(seed=seed), noise=SensorNoise())
    energise(house, *HP_ON)
    return [(post.path, post.body) for _, post in listen(house, clock, 600, tick_ms)]


def test_the_same_seed_posts_the_same_bytes_and_another_seed_does_not() -> None:
    assert transcript(1, 1000) == transcript(1, 1000)
    assert transcript(1, 1000) != transcript(2, 1000)


def test_what_is_posted_does_not_depend_on_the_tick() -> None:
    assert transcript(1, 100) == transcript(1, 1000) == transcript(1, 10_000)
