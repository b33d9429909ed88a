"""What the house says in a tick: on which link, in which order, and that it is legal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from layouts.load import load_house
from layouts.settings import Settings
from proto.conversation import MAX_WAITING, Conversation
from proto.outbound import MAX_CAUSES, OncePer, Said
from proto.tick_lists import tick_report
from proto.wire import Malformed, decode, encode, topic
from proto.words import ADMIN, LOCAL, UPSTREAM
from states.image import (
    Contract,
    Heartbeat,
    HouseParams,
    Now,
    Readback,
    SayGlitch,
    SayHeartbeat,
    SayNoNewContract,
    SayParams,
    SayRefusal,
    TickList,
    Weather,
)
from tests.wire.examples import UID, envelope, example
from tests.wire.scenes import START_MS, Ids, Scene, now

ATN = "AtnControlled.HpOnStoreOff"
OTHER = "22222222-2222-4222-8222-222222222222"


class Talk:
    """A conversation in a scene; keeps what was said and checks that it is legal."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.talk = Conversation(self.scene.house, Settings(), Ids())
        self.scada = self.scene.house.scada.alias
        self.ltn = self.scene.house.ltn.alias

    def tick(self, at: Now, say: Any = (), fresh: Any = (), weather: Weather | None = None) -> list[Said]:
        said = self.talk.report(*self.scene.tick(at, fresh), say=say, weather=weather)
        for one in said:
            encode(self.scada, "ltn" if one.link == UPSTREAM else "admin", one.payload)
        return said

    def names(self, at: Now, **more: Any) -> list[str]:
        return [f"{one.link} {one.payload.type_name}" for one in self.tick(at, **more)]

    def quiet(self) -> None:
        """Let the first tick, with its snapshot, pass."""
        self.scene.all_at(0, now(0))
        self.tick(now(0))

    def hear(self, link: str, payload: dict[str, Any]) -> Any:
        places = {
            UPSTREAM: (self.ltn, "s"),
            ADMIN: ("admin", self.scada),
            LOCAL: (f"{self.scada}.s2", "s"),
        }
        src, dst = places[link]
        body = json.dumps(envelope(payload, Src=src, Dst=dst)).encode()
        return self.talk.hear(now(), link, decode(topic(src, dst, payload["TypeName"]), body))


@pytest.fixture
def house() -> Talk:
    return Talk()


def _beat(**changes: Any) -> Heartbeat:
    contract = Contract("d1.isone.ct.newhaven.orange1.scada", START_MS // 1000, 60, 5500, False, UID)
    fields: dict[str, Any] = {
        "from_node": "s", "contract": contract, "status": "Received", "previous_status": "Created",
        "created_ms": START_MS, "watt_hours_used": 2, "my_digit": 7, "your_last_digit": 4,
    }  # fmt: skip
    return Heartbeat(**(fields | changes))


# --------------------------------------------------------------------------------------- unasked


def test_the_first_tick_says_where_everything_is(house: Talk) -> None:
    house.scene.all_at(0, now(0))
    assert house.names(now(0)) == [f"{UPSTREAM} snapshot.spaceheat", f"{ADMIN} snapshot.spaceheat"]
    assert house.names(now(0.1)) == []


def test_power_goes_to_the_atn(house: Talk) -> None:
    house.quiet()
    fresh = house.scene.hear(now(1), hp_odu_pwr=4_000, hp_idu_pwr=500)
    assert house.names(now(1), fresh=fresh) == [f"{UPSTREAM} power.watts"]


def test_a_report_goes_to_the_atn_every_five_minutes(house: Talk) -> None:
    house.quiet()
    assert f"{UPSTREAM} report.event" in house.names(now(300))
    assert f"{UPSTREAM} report.event" not in house.names(now(301))


def test_a_new_command_tree_is_told_once(house: Talk) -> None:
    house.quiet()
    house.scene.go(ATN)
    said = house.tick(now(1))
    tree = [one.payload for one in said if one.payload.type_name == "new.command.tree"]
    assert len(tree) == 1
    handles = {node.name: node.handle for node in tree[0].sh_nodes}  # type: ignore[attr-defined]
    assert handles["relay6"] == "ltn.la.relay6"
    assert handles["relay1"] == "auto.pico-cycler.relay1"
    house.scene.tree = dict(house.scene.tree)
    assert house.names(now(2)) == [], "an equal tree is no new one"


def test_an_actuator_that_moves_is_told_at_once_to_both(house: Talk) -> None:
    house.quiet()
    house.scene.readbacks["relay3"] = Readback(1, 1, now(5).mono_ms)
    assert house.names(now(5)) == [
        f"{ADMIN} single.reading", f"{UPSTREAM} snapshot.spaceheat", f"{ADMIN} snapshot.spaceheat",
    ]  # fmt: skip


def test_weather_is_told_when_it_is_new(house: Talk) -> None:
    house.quiet()
    weather = Weather("coldest-of-month", START_MS + 60_000, START_MS // 1000, (16.0, 15.5), (3.0, 4.0))
    said = house.tick(now(1), weather=weather)
    assert [one.payload.type_name for one in said] == ["weather.forecast"]
    assert said[0].payload.weather_channel_name == "weather.coldestofmonth"  # type: ignore[attr-defined]
    assert house.names(now(2), weather=weather) == []


def tick_list(kind: str, first: int | None, relative: list[int]) -> TickList:
    key = "RelativeMicrosecondList" if kind == "hall" else "RelativeMillisecondList"
    body = {
        "HwUid": "pico_bee010", "FirstTickTimestampNanoSecond": first, key: relative,
        "PicoBeforePostTimestampNanoSecond": 9, "TypeName": f"ticklist.{kind}", "Version": "101",
    }  # fmt: skip
    return TickList("primary-flow" if kind == "hall" else "store-flow", json.dumps(body).encode(), START_MS)


@pytest.mark.parametrize(("kind", "first", "relative"), [("hall", 7, [0, 10]), ("reed", None, [])])
def test_a_tick_list_goes_up_as_it_came_once(kind: str, first: int | None, relative: list[int]) -> None:
    beech, heard = load_house("beech"), tick_list(kind, first, relative)
    report = tick_report(beech, heard)
    body = json.loads(encode(beech.scada.alias, "ltn", report))["Payload"]
    assert body["TypeName"] == f"ticklist.{kind}.report"
    assert (body["ChannelName"], body["ScadaReceivedUnixMs"]) == (heard.channel, START_MS)
    assert body["Ticklist"] == json.loads(heard.body)


def test_tick_lists_are_said_once(house: Talk) -> None:
    house.quiet()
    house.talk.pass_on((tick_list("reed", 7, [0, 10]),))
    assert house.names(now(1)) == [f"{UPSTREAM} ticklist.reed.report"]
    assert house.names(now(2)) == []


@pytest.mark.parametrize("body", [b"", b"{}", tick_list("reed", None, [1, 2]).body, b"[" * 9_000])
def test_a_tick_list_that_would_be_illegal_is_told_of_instead(house: Talk, body: bytes) -> None:
    house.quiet()
    house.talk.pass_on((TickList("store-flow", body, START_MS),))
    assert house.names(now(1)) == [f"{UPSTREAM} gridworks.event.problem"]
    assert house.talk.outbound.illegal == 1


# ---------------------------------------------------------------------------------------- answers


def test_questions_are_answered_to_who_asked(house: Talk) -> None:
    house.quiet()
    for link, ask, alias in [
        (UPSTREAM, "send.snap", house.ltn), (UPSTREAM, "send.layout", house.ltn),
        (UPSTREAM, "send.layout", house.ltn), (ADMIN, "send.control.capabilities", "admin"),
        (ADMIN, "send.snap", "admin"), (ADMIN, "send.layout", "admin"),
    ]:  # fmt: skip
        assert house.hear(link, example(ask) | {"FromGNodeAlias": alias}) is None
    assert house.names(now(1)) == [
        f"{UPSTREAM} snapshot.spaceheat", f"{UPSTREAM} layout.lite",
        f"{ADMIN} scada.control.capabilities", f"{ADMIN} snapshot.spaceheat", f"{ADMIN} layout.lite",
    ]  # fmt: skip
    assert house.names(now(2)) == []


def test_an_atn_that_comes_is_greeted_with_layout_state_and_power(house: Talk) -> None:
    house.quiet()
    fresh = house.scene.hear(now(1), hp_odu_pwr=4_000, hp_idu_pwr=500)
    house.tick(now(1), fresh=fresh)
    house.talk.greet(UPSTREAM)
    house.talk.greet(ADMIN)
    assert house.names(now(2)) == [
        f"{UPSTREAM} power.watts", f"{UPSTREAM} layout.lite", f"{UPSTREAM} snapshot.spaceheat",
    ]  # fmt: skip


def test_an_admin_dispatch_is_followed_by_reading_and_report(house: Talk) -> None:
    house.quiet()
    house.scene.go("Dormant.Admin")
    house.tick(now(1))
    trigger = {
        "FromHandle": "admin", "ToHandle": "admin.relay3", "EventType": "change.store.flow.relay",
        "EventName": "ChargeStore", "TriggerId": OTHER, "SendTimeUnixMs": START_MS,
        "TypeName": "fsm.event", "Version": "000",
    }  # fmt: skip
    house.hear(ADMIN, example("admin.dispatch") | {"DispatchTrigger": trigger})
    house.scene.readbacks["relay3"] = Readback(1, 1, now(2).mono_ms)
    said = [one for one in house.tick(now(2)) if one.link == ADMIN]
    assert [one.payload.type_name for one in said] == [
        "single.reading",
        "fsm.full.report",
        "snapshot.spaceheat",
    ]
    reading: Any = said[0].payload
    report: Any = said[1].payload
    assert (reading.channel_name, reading.value) == ("charge-discharge-relay3", 1)
    assert (report.from_name, report.trigger_id) == ("relay3", OTHER)
    assert report.atomic_list[0].machine_handle == "admin.relay3"


def test_events_and_glitches_of_the_second_scada_are_passed_on_as_they_came(house: Talk) -> None:
    house.quiet()
    author = f"{house.scada}.s2"
    house.hear(LOCAL, example("gridworks.event.problem") | {"Src": author})
    house.hear(LOCAL, example("glitch"))
    said = house.tick(now(1))
    assert [one.payload.type_name for one in said] == ["gridworks.event.problem", "glitch"]
    whole = json.loads(encode(house.scada, "ltn", said[0].payload))
    assert (whole["Header"]["Src"], whole["Payload"]["Src"]) == (house.scada, author)


def test_a_flood_of_messages_to_pass_on_is_bounded_and_counted(house: Talk) -> None:
    refused = 0
    for _ in range(MAX_WAITING + 20):
        try:
            house.hear(LOCAL, example("glitch"))
        except Malformed:
            refused += 1
    assert refused == house.talk.dropped == 20
    assert len([one for one in house.tick(now(0)) if one.payload.type_name == "glitch"]) == MAX_WAITING


# ------------------------------------------------------------------------------- what control says


def test_a_heartbeat_is_urgent_and_whole(house: Talk) -> None:
    house.quiet()
    (said,) = house.tick(now(1), say=[SayHeartbeat(_beat())])
    assert (said.link, said.urgent) == (UPSTREAM, True)
    body = json.loads(encode(house.scada, "ltn", said.payload))
    assert body["Header"]["AckRequired"] is False
    assert body["Payload"] == {
        "FromNode": "s",
        "Contract": {
            "ScadaAlias": house.scada, "StartS": START_MS // 1000, "DurationMinutes": 60,
            "AvgPowerWatts": 5500, "OilBoilerOn": False, "ContractId": UID,
            "TypeName": "slow.dispatch.contract", "Version": "000",
        },
        "PreviousStatus": "Created", "Status": "Received", "MessageCreatedMs": START_MS, "Cause": None,
        "IsAuthoritative": True, "WattHoursUsed": 2, "MyDigit": 7, "YourLastDigit": 4,
        "SignedProof": "signed_proof_stub", "TypeName": "slow.contract.heartbeat", "Version": "001",
    }  # fmt: skip


def test_everything_control_can_say_becomes_a_message(house: Talk) -> None:
    house.quiet()
    say = [
        SayNoNewContract(UID, START_MS // 1000),
        SayGlitch("relay6", "Critical", "handed-back", "words"),
        SayParams(UID, HouseParams(alpha=5.7), HouseParams()),
        SayRefusal(UID, "a person holds the house"),
    ]
    said = [one.payload for one in house.tick(now(1), say=say)]
    assert [one.type_name for one in said] == ["no.new.contract.warning", "glitch", "scada.params", "glitch"]
    params: Any = said[2]
    assert (params.message_id, params.from_name, params.to_name) == (UID, "s", "ltn")
    assert (params.new_params.alpha_times10, params.old_params.alpha_times10) == (57, 55)
    refusal: Any = said[3]
    assert "a person holds the house" in refusal.details


def test_the_same_glitch_is_not_told_ten_times_a_second(house: Talk) -> None:
    house.quiet()
    glitch = SayGlitch("relay6", "Warning", "bad_boss", "details")
    both = [glitch, replace(glitch, node="relay5")]
    assert sum(len(house.tick(now(1 + i / 10), say=both)) for i in range(100)) == 2
    assert house.talk.outbound.held_back == 198
    assert house.names(now(62), say=[glitch])[0] == f"{UPSTREAM} glitch"


@pytest.mark.parametrize(
    "bad",
    [
        SayHeartbeat(_beat(status="Created")),
        SayHeartbeat(_beat(status="TerminatedByScada", cause=None)),
        SayHeartbeat(_beat(watt_hours_used=None)),
    ],
)
def test_an_illegal_wish_becomes_one_problem_event_and_never_leaves(house: Talk, bad: SayHeartbeat) -> None:
    house.quiet()
    (said,) = house.tick(now(1), say=[bad])
    event: Any = said.payload
    assert event.type_name == "gridworks.event.problem"
    assert "illegal" in event.summary
    assert event.src == house.scada
    assert house.tick(now(2), say=[bad]) == []
    assert house.talk.outbound.illegal == 2


def test_a_layout_that_would_break_an_axiom_becomes_a_problem_event(house: Talk) -> None:
    house.scene.tree = {**house.scene.tree, "relay6": "auto.nobody"}
    house.scene.all_at(0, now(0))
    house.tick(now(0))
    house.talk.greet(UPSTREAM)
    names = house.names(now(1))
    assert f"{UPSTREAM} gridworks.event.problem" in names
    assert f"{UPSTREAM} layout.lite" not in names


def test_a_cause_is_let_through_once_in_a_while_and_the_memory_is_bounded() -> None:
    once = OncePer(1_000)
    assert once.ok(now(0), "a")
    assert not once.ok(now(0.9), "a")
    assert once.ok(now(1), "a")
    for i in range(3 * MAX_CAUSES):
        assert once.ok(now(2), f"cause {i}")
    assert once.ok(now(2), "cause 0"), "at worst a thing is told twice"
    assert not once.ok(now(2), f"cause {3 * MAX_CAUSES - 1}")
    assert once.held_back == 2
