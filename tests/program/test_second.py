"""The second computer in virtual time: two whole programs on one simulated house, killed and brought back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from layouts.share import PRIMARY, SECONDARY
from proto.wire import encode, topic
from proto.wire.readings import SyncedReadings
from tests.program.two import Two

pytestmark = pytest.mark.slow
LOST = {
    "hp-lwt-lost",
    "hp-odu-pwr-lost",
    "hp-idu-pwr-lost",
    "dist-flow-lost",
    "rooms-lost",
    "tank3-depth1-lost",
}


@pytest.fixture
def two() -> Iterator[Two]:
    made = Two()
    made.run(300)
    yield made
    for program in (made.primary, made.second):
        if program is not None:
            assert (program.failures.ticks, program.failures.reports, program.failures.last) == (0, 0, "")


def image(two: Two) -> Any:
    assert two.primary is not None
    assert two.primary.last is not None
    return two.primary.last[0]


def overview(two: Two) -> Any:
    assert two.primary is not None
    assert two.primary.last is not None
    return two.primary.last[1].overview


def faults(two: Two) -> set[str]:
    return {fault.name for fault in overview(two).faults}


def link(two: Two) -> Any:
    assert two.primary is not None
    return two.primary.parts.links.links["local_mqtt"]


def age_s(two: Two, channel: str) -> float:
    seen = image(two)
    return float(seen.now.mono_ms - seen.readings[channel].mono_ms) / 1000


def said(two: Two, kind: str) -> list[Any]:
    """Payloads of a type as the ATN heard them."""
    return [i.payload for i in two.ltn.heard if i.message_type == kind]


def theirs(two: Two) -> list[str]:
    """Ids of the second computer's events as the ATN heard them, repeats included."""
    own = f"{two.house.scada.alias}.s2"
    return [i.message_id for i in two.ltn.heard if getattr(i.payload, "src", "") == own]


def kept_by_second(two: Two) -> set[str]:
    """Ids of events the second computer still keeps: nobody has acked them."""
    return set(two.stores[SECONDARY]._events)


# --------------------------------------------------------------------------------------- readings flow


def test_the_house_is_run_on_readings_of_both_computers(two: Two) -> None:
    assert overview(two).path.startswith("HomeAlone.Normal.Hp")
    assert faults(two) == set()
    second = two.second
    assert second is not None
    assert second.last is not None
    own = second.last[0].readings
    for channel in two.house.channels:
        if channel.captured_by not in two.house.second_nodes or channel.telemetry == "MicroHz":
            continue
        assert age_s(two, channel.name) <= channel.stale_ms / 2500 + 2, channel.name
        apart = abs(image(two).readings[channel.name].value - own[channel.name].value)
        assert apart <= (channel.async_delta or 0) + 1, channel.name


def test_each_computer_reads_only_its_own_devices(two: Two) -> None:
    assert two.primary is not None
    assert two.second is not None
    first, second = set(two.primary.parts.rig.devices()), set(two.second.parts.rig.devices())
    assert {"power-meter", "hubitat", "tank3", "dist-flow"} <= second
    assert {"buffer", "tank1", "primary-flow", "relay board 0x20", "second computer"} <= first
    assert {name for name in first & second if not name.startswith("computer ")} == set()
    assert two.second.parts.rig.counters["posts_refused"] == 0
    assert two.primary.parts.rig.counters["posts_refused"] == 0


def test_its_power_counts_and_reaches_the_atn(two: Two) -> None:
    told = [power.watts for power in said(two, "power.watts")]
    assert told, "the whole meter hangs on the second computer"
    readings = image(two).readings
    total = readings["hp-odu-pwr"].value + readings["hp-idu-pwr"].value
    assert abs(total - told[-1]) <= 0.02 * 10_000 + 250
    assert two.primary is not None
    assert two.primary.state.energy.total_wh > 0


def test_its_readings_stand_in_reports_and_snapshots_under_our_name(two: Two) -> None:
    two.run(320)
    report = said(two, "report.event")[-1].report
    told = {c.channel_name: c for c in report.channel_reading_list}
    assert {"hp-lwt", "hp-odu-pwr", "tank3-depth1-device", "zone1-main-temp"} <= set(told)
    assert len(told["hp-lwt"].value_list) >= 1
    snapshot = said(two, "snapshot.spaceheat")[-1]
    assert "hp-lwt" in {r.channel_name for r in snapshot.latest_reading_list}


def test_the_second_computer_commands_nothing_and_asks_the_atn_for_nothing(two: Two) -> None:
    assert two.second is not None
    assert two.second.last is not None
    assert two.second.last[1].overview.path == "Dormant.Monitor"
    assert dict(two.second.last[2].outputs) == {}
    assert set(two.second.parts.links.links) == {"local_mqtt"}
    assert two.second.snapshot() is not None


# ------------------------------------------------------------------------------------ the primary dies


def test_the_primary_is_killed_and_comes_back(two: Two) -> None:
    two.kill(PRIMARY)
    two.run(200)
    assert two.second is not None
    assert two.second.parts.links.links["local_mqtt"].state != "active", "it noticed"
    waiting = kept_by_second(two)
    assert waiting, "its events wait for somebody to ack them"
    two.primary = two.start(PRIMARY)
    two.run(30)
    assert age_s(two, "hp-lwt") < 15
    assert age_s(two, "zone1-main-temp") < 310, "read before the start, told again with its own time"
    two.run(200)
    assert LOST & faults(two) == set()
    heard = theirs(two)
    assert waiting <= set(heard)
    assert not waiting & kept_by_second(two)
    assert len(heard) == len(set(heard)), "nothing twice"


def test_a_primary_that_is_back_within_seconds_is_noticed(two: Two) -> None:
    """Too quickly for anybody to be missed: its ping says that it may know nothing."""
    two.kill(PRIMARY)
    assert two.second is not None
    two.second.parts.links._tell("a-test", "something happened", two.clock.now())
    two.run(3)
    two.primary = two.start(PRIMARY)
    assert two.second.parts.links.links["local_mqtt"].state == "active"
    two.run(5)
    assert kept_by_second(two) == set()
    assert age_s(two, "zone1-main-temp") < 310, "a slow channel too"
    two.run(60)
    heard = theirs(two)
    assert len(heard) == len(set(heard))


def test_an_event_is_the_second_computers_until_the_primary_has_it_on_disk(two: Two) -> None:
    """Killed between hearing and storing, the primary must hear it again."""
    assert two.primary is not None
    two.stores[PRIMARY].unsaved = lambda message_id: True  # type: ignore[method-assign]
    assert two.second is not None
    two.second.parts.links._tell("a-test", "something happened", two.clock.now())
    two.run(5)
    (waiting,) = kept_by_second(two)
    two.stores[PRIMARY]._events.clear()  # what was only in RAM is gone with the process
    two.kill(PRIMARY)
    del two.stores[PRIMARY].unsaved
    two.run(10)
    two.primary = two.start(PRIMARY)
    two.run(120)
    assert waiting not in kept_by_second(two)
    assert waiting in theirs(two)


# ------------------------------------------------------------------------------ the second computer dies


def test_the_second_computer_is_killed_and_comes_back(two: Two) -> None:
    two.kill(SECONDARY)
    two.run(100)
    assert image(two).now.mono_ms - image(two).readings["hp-lwt"].mono_ms > 90_000, "old stays old"
    two.run(400)
    assert "second-silent" in faults(two)
    assert {"hp-lwt-lost", "hp-odu-pwr-lost", "dist-flow-lost", "tank3-depth1-lost"} <= faults(two)
    assert overview(two).path.startswith("HomeAlone"), "the buffer is the primary's own"
    assert "second-silent" in {glitch.summary for glitch in said(two, "glitch")}
    assert two.primary is not None
    assert not two.primary.parts.rig.devices()["second computer"].ok
    two.second = two.start(SECONDARY)
    two.run(120)
    assert faults(two) == set()
    assert two.primary.parts.rig.devices()["second computer"].ok
    two.run(60)
    heard = theirs(two)
    assert kept_by_second(two) <= set(heard) | kept_by_second(two)
    assert len(heard) == len(set(heard))
    starts = [e for e in said(two, "gridworks.event.startup") if e.src.endswith(".s2")]
    assert len(starts) == 2


def test_a_device_of_the_second_computer_that_dies_is_told_by_it(two: Two) -> None:
    assert two.second is not None
    two.second.parts.rig.meter.step = lambda now: None  # type: ignore[method-assign]
    two.run(200)
    assert {"hp-odu-pwr-lost", "hp-idu-pwr-lost"} <= faults(two)
    assert "second-silent" not in faults(two)
    told = {(glitch.node, glitch.summary) for glitch in said(two, "glitch")}
    assert ("power-meter", "power-meter-silent") in told


# --------------------------------------------------------------------------------------- wrong clocks


@pytest.mark.parametrize("ahead_s", [3600, -3600, -86_400 * 365])
def test_a_second_computer_whose_clock_is_wrong_is_believed_and_told_of(ahead_s: int) -> None:
    two = Two()
    two.aside.ahead_ms = ahead_s * 1000
    two.run(240)
    assert age_s(two, "hp-lwt") < 15
    assert LOST & faults(two) == set()
    assert two.primary is not None
    words = two.primary.parts.rig.devices()["second computer"].words
    assert words == f"its clock is {abs(ahead_s)} s {'ahead of' if ahead_s > 0 else 'behind'} ours"
    wall = image(two).readings["hp-lwt"].wall_ms
    assert abs(wall - image(two).now.wall_ms) < 15_000, "in our time"


@pytest.mark.parametrize("step_s", [1800, -1800])
def test_a_clock_that_is_set_while_running_is_understood_within_two_minutes(two: Two, step_s: int) -> None:
    two.aside.ahead_ms = step_s * 1000
    two.run(150)
    assert age_s(two, "hp-lwt") < 15
    two.aside.ahead_ms = 0
    two.run(150)
    assert age_s(two, "hp-lwt") < 15
    two.run(60)
    assert LOST & faults(two) == set()


def test_our_own_clock_is_set_and_nothing_happens(two: Two) -> None:
    two.clock.step_wall(7_200_000)
    two.run(20)
    assert age_s(two, "hp-lwt") < 15
    two.run(100)
    assert LOST & faults(two) == set()


# ------------------------------------------------------------------------------------------ strangers


def lie(two: Two, src: str, *, on: str = "", header: str = "") -> None:
    """Somebody on the local broker says the water is boiling."""
    reading = SyncedReadings(
        channel_name_list=("hp-lwt",), value_list=(99_000,),
        scada_read_time_unix_ms=two.clock.now().wall_ms,
    )  # fmt: skip
    body = json.loads(encode("power-meter", "s", reading))
    body["Header"]["Src"] = header or src
    where = on or topic(src, "s", "synced.readings")
    two.inside.publish(where, json.dumps(body).encode(), two.clock.now().net_ms)


def test_a_stranger_on_the_local_broker_is_refused_and_counted(two: Two) -> None:
    alias = two.house.scada.alias
    second = f"{alias}.s2"
    received = link(two).counts.received
    lie(two, "d1.evil.scada.s2")
    lie(two, second, header="d1.evil")
    lie(two, second, header="tank1")
    lie(two, second, header=two.house.ltn.alias)
    lie(two, alias, on=topic(second, "s", "synced.readings"), header="admin")
    two.step()
    assert link(two).refusals._counts["stranger"] == 4, "the first is not even on our topic"
    assert image(two).readings["hp-lwt"].value < 90_000
    lie(two, second, header="power-meter")
    two.step()
    assert image(two).readings["hp-lwt"].value == 99_000, "so the lies were well made"
    assert link(two).counts.received > received


def test_the_second_computer_obeys_nobody(two: Two) -> None:
    """Whatever somebody says on its topic, it only measures."""
    assert two.second is not None
    before = dict(two.second.state.held)
    payload = {"TypeName": "admin.release.control", "Version": "000"}
    release = json.dumps({"Header": {"Src": "admin", "Dst": "s2"}, "Payload": payload})
    where = topic(two.house.scada.alias, "s2", "admin.release.control")
    two.inside.publish(where, release.encode(), two.clock.now().net_ms)
    two.run(3)
    assert two.second.parts.links.links["local_mqtt"].refusals._counts["stranger"] == 1
    assert dict(two.second.state.held) == before
