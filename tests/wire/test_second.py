"""What the second computer says, and what the primary makes of it beside the readings."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from gwproto import Message as ReferenceMessage
from gwsproto.named_types import Glitch, PowerWatts, SyncedReadings
from msgspec.structs import replace

from layouts.settings import Settings
from proto.conversation import Conversation
from proto.open import plans, second_alias
from proto.outbound import Said
from proto.second import BURST, PER_S, SecondConversation, Teller
from proto.understood import SecondReadings
from proto.wire import AnyEvent, Malformed, decode, encode, topic
from proto.wire.codec import encode_payload
from proto.wire.events import dated
from proto.words import ADMIN, LOCAL, UPSTREAM
from states.image import NO_READINGS, Now, Readback, Reading, SayGlitch
from tests.annex import NODES, annex
from tests.wire.examples import envelope, example
from tests.wire.peers import admin_analog, dispatch
from tests.wire.scenes import START_MS, Ids, Scene, now

HOUSE = annex()
SCADA = HOUSE.scada.alias
SECOND = second_alias(HOUSE)
LOCAL_ON = replace(Settings(), local=replace(Settings().local, enabled=True))
SECONDARY = replace(LOCAL_ON, site=replace(Settings().site, role="secondary"))


def say(talk: SecondConversation, at: Now, *, wish: Any = (), **values: int) -> list[Said]:
    fresh = tuple((name.replace("_", "-"), Reading(v, at.mono_ms, at.wall_ms)) for name, v in values.items())
    return talk.report(at, fresh, NO_READINGS, Scene().overview(), {}, wish)


def second() -> SecondConversation:
    return SecondConversation(HOUSE, SECONDARY, Ids())


def told(said: list[Said]) -> dict[str, int]:
    pairs: dict[str, int] = {}
    for one in said:
        if one.payload.type_name == "synced.readings":
            payload: Any = one.payload
            pairs |= zip(payload.channel_name_list, payload.value_list, strict=True)
    return pairs


# ------------------------------------------------------------------------------------------ its words


def test_what_it_says_is_what_the_reference_says() -> None:
    """Same topic, the node that measured as the sender, and bodies the reference's own types take."""
    talk = second()
    glitch = SayGlitch("hubitat", "Warning", "hubitat-silent", "words")
    said = say(
        talk, now(1), wish=[glitch], hp_odu_pwr=4_000, hp_idu_pwr=500, hp_lwt=40_000, zone1_main_temp=68_000
    )
    assert [(one.link, one.src, one.payload.type_name) for one in said] == [
        (LOCAL, "power-meter", "power.watts"), (LOCAL, "hubitat", "glitch"),
        (LOCAL, "power-meter", "synced.readings"), (LOCAL, "analog-temp", "synced.readings"),
        (LOCAL, "zone1-main-stat", "synced.readings"),
    ]  # fmt: skip
    kinds: dict[str, Any] = {"power.watts": PowerWatts, "glitch": Glitch, "synced.readings": SyncedReadings}
    generic: Any = ReferenceMessage
    primary = Conversation(HOUSE, Settings(), Ids())
    for one in said:
        name = one.payload.type_name
        body = encode(one.src, "s", one.payload)
        reference = generic[kinds[name]].model_validate_json(body)
        assert reference.Header.Src in NODES
        assert json.loads(reference.model_dump_json()) == json.loads(body)
        primary.hear(now(1), LOCAL, decode(topic(SECOND, "s", name), body))


def test_its_link_is_the_references() -> None:
    ((plan, topics, peer),) = plans(HOUSE, SECONDARY)
    dashed = SCADA.replace(".", "-")
    assert topic(plan.src, plan.dst, "synced.readings") == f"gw/{dashed}-s2/to/s/synced-readings"
    assert topics == (f"gw/{dashed}/to/s2/#",)
    assert plan.upstream
    assert peer is SECONDARY.local


def test_the_primary_opens_the_local_link_only_for_a_second_computer() -> None:
    dashed = SCADA.replace(".", "-")
    (_, (plan, topics, _)) = plans(HOUSE, LOCAL_ON)
    assert topic(plan.src, plan.dst, "gridworks.ping") == f"gw/{dashed}/to/s2/gridworks-ping"
    assert topics == (f"gw/{dashed}-s2/to/s/#",)
    assert [plan.name for plan, _, _ in plans(HOUSE, Settings())] == [UPSTREAM]
    assert [plan.name for plan, _, _ in plans(Scene().house, LOCAL_ON)] == [UPSTREAM]


def test_channels_of_the_primary_are_not_its_to_tell() -> None:
    assert say(second(), now(1), primary_flow=100, buffer_depth1_device=40_000) == []


# ------------------------------------------------------------------------------------- when it tells


def test_a_quick_channel_is_told_on_change_and_often_enough_not_to_grow_stale() -> None:
    channel = HOUSE.channel_by_name["hp-lwt"]
    teller = Teller(channel)
    times = [s for s in range(61) if teller.take(40_000, s * 1000)]
    assert times[0] == 0
    assert all(1000 * (b - a) <= channel.stale_ms / 2 for a, b in pairwise(times))
    assert len(times) <= 6
    assert teller.take(40_000 + (channel.async_delta or 0), 60_500)
    assert not teller.take(40_001 + (channel.async_delta or 0), 60_600)


@pytest.mark.parametrize("name", ["tank3-depth1-device", "zone1-main-temp"])
def test_of_a_slow_device_every_sample_is_told(name: str) -> None:
    teller = Teller(HOUSE.channel_by_name[name])
    assert all(teller.take(40_000, s * 1000) for s in range(0, 600, 10))


def test_when_the_primary_comes_it_hears_the_latest_again_with_the_time_it_was_read() -> None:
    talk = second()
    say(talk, now(1), hp_lwt=40_000, hp_odu_pwr=4_000, hp_idu_pwr=500)
    say(talk, now(2), hp_lwt=40_100)
    assert say(talk, now(9)) == []
    talk.greet(LOCAL)
    said = say(talk, now(10))
    assert told(said) == {"hp-lwt": 40_100, "hp-odu-pwr": 4_000, "hp-idu-pwr": 500}
    made = {one.payload.scada_read_time_unix_ms for one in said if one.payload.type_name == "synced.readings"}  # type: ignore[attr-defined]
    assert made == {START_MS + 1_000, START_MS + 2_000}
    assert said[0].payload.type_name == "power.watts"


def test_readings_of_one_device_go_together_but_not_what_was_read_at_another_time() -> None:
    talk = second()
    say(talk, now(1), hp_lwt=40_000, hp_ewt=35_000)
    say(talk, now(5), dist_swt=50_000)
    talk.greet(LOCAL)
    said: list[Any] = [one.payload for one in say(talk, now(9))]
    assert [(p.channel_name_list, p.scada_read_time_unix_ms - START_MS) for p in said] == [
        (("hp-lwt", "hp-ewt"), 1_000),
        (("dist-swt",), 5_000),
    ]


def test_it_never_says_more_than_the_primary_takes_and_loses_no_channel() -> None:
    """In a demo house time runs sixty times as fast as the network; the newest of each channel goes out."""
    talk, heard, count = second(), set(), 0
    names = [c.name for c in HOUSE.channels if c.captured_by in NODES]
    for turn in range(100):
        at = Now(START_MS + turn * 6_000, turn * 6_000, turn * 100)
        said = say(talk, at, **{n.replace("-", "_"): turn * 1000 for n in names})
        readings = [one for one in said if one.payload.type_name == "synced.readings"]
        count += len(readings)
        heard |= set(told(said))
    assert heard == set(names)
    assert count <= BURST + PER_S * 10 + 1


def test_nothing_is_said_before_the_clock_has_passed_the_year_2000() -> None:
    assert say(second(), Now(1_000, 1_000, 1_000), hp_lwt=40_000) == []


# -------------------------------------------------------------------------------------- what it hears


@pytest.mark.parametrize(
    ("link", "src", "dst", "header"),
    [
        (UPSTREAM, SCADA, "s2", SCADA), (LOCAL, "d1.evil", "s2", SCADA), (LOCAL, SCADA, "s", SCADA),
        (LOCAL, SCADA, "s2", "admin"), (LOCAL, SCADA, "s2", SECOND),
    ],
)  # fmt: skip
def test_only_the_primary_speaks_to_it(link: str, src: str, dst: str, header: str) -> None:
    body = json.dumps(envelope(example("gridworks.ping"), Src=header, Dst=dst)).encode()
    with pytest.raises(Malformed) as refused:
        second().admit(link, decode(topic(src, dst, "gridworks.ping"), body))
    assert refused.value.cause == "stranger"


@pytest.mark.parametrize(
    "name", ["gridworks.ping", "snapshot.spaceheat", "new.command.tree", "admin.keep.alive"]
)
def test_what_the_primary_tells_it_changes_nothing(name: str) -> None:
    talk = second()
    body = json.dumps(envelope(example(name), Src=SCADA, Dst="s2")).encode()
    talk.hear(now(), LOCAL, decode(topic(SCADA, "s2", name), body))
    assert say(talk, now(1)) == []


# ------------------------------------------------------------------------------------- the primary


class Primary:
    """A conversation of the primary with a second computer."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.scene.house = HOUSE
        self.talk = Conversation(HOUSE, LOCAL_ON, Ids())

    def tick(self, at: Now, fresh: Any = ()) -> list[Said]:
        return self.talk.report(*self.scene.tick(at, fresh))

    def hear(self, link: str, src: str, dst: str, payload: dict[str, Any]) -> Any:
        body = json.dumps(envelope(payload, Src=src, Dst=dst)).encode()
        return self.talk.hear(now(), link, decode(topic(src, dst, payload["TypeName"]), body))


@pytest.fixture
def primary() -> Primary:
    made = Primary()
    made.scene.all_at(0, now(0))
    made.tick(now(0))
    return made


def watts(said: list[Said]) -> list[int]:
    return [one.payload.watts for one in said if one.payload.type_name == "power.watts"]  # type: ignore[attr-defined]


def test_power_of_a_meter_that_is_wholly_theirs_goes_on_at_once_and_once(primary: Primary) -> None:
    assert primary.hear(LOCAL, SECOND, "s", example("power.watts") | {"Watts": 4_500}) is None
    assert watts(primary.tick(now(1))) == [4_500]
    fresh = primary.scene.hear(now(2), hp_odu_pwr=4_000, hp_idu_pwr=510)
    assert watts(primary.tick(now(2), fresh)) == [], "the channels say the same"
    assert primary.hear(LOCAL, SECOND, "s", example("power.watts") | {"Watts": 4_600}) is None
    assert watts(primary.tick(now(3))) == [], "no move worth telling"


def test_power_of_a_second_computer_that_has_no_meter_says_nothing_about_ours() -> None:
    house = annex(("tank3",))
    talk = Conversation(house, LOCAL_ON, Ids())
    body = json.dumps(envelope(example("power.watts") | {"Watts": 9_999}, Src=SECOND, Dst="s")).encode()
    talk.hear(now(), LOCAL, decode(topic(SECOND, "s", "power.watts"), body))
    assert watts(talk.report(*Scene().tick(now(1)))) == []


def test_channels_the_layout_knows_nothing_of_are_told_once_and_the_others_taken(primary: Primary) -> None:
    payload = example("synced.readings") | {"ChannelNameList": ["hp-lwt", "oat-x"], "ValueList": [40_000, 1]}
    assert isinstance(primary.hear(LOCAL, SECOND, "s", payload), SecondReadings)
    said = [one.payload for one in primary.tick(now(1))]
    assert [one.type_name for one in said] == ["gridworks.event.problem"]
    assert "oat-x" in said[0].summary  # type: ignore[attr-defined]
    primary.hear(LOCAL, SECOND, "s", payload)
    assert primary.tick(now(2)) == []


NEWS: dict[str, Any] = {"TypeName": "gridworks.event.foo", "MessageId": "m", "Src": SECOND, "More": [1]}


@pytest.mark.parametrize("made_ms", [None, 1_770_001_200_000])
def test_an_event_without_its_time_is_of_when_it_came(primary: Primary, made_ms: int | None) -> None:
    payload = NEWS if made_ms is None else {**NEWS, "TimeCreatedMs": made_ms}
    assert primary.hear(LOCAL, SECOND, "s", payload) is None
    (event,) = (one.payload for one in primary.tick(now(1)) if one.payload.type_name == NEWS["TypeName"])
    assert isinstance(event, AnyEvent)
    assert event.time_created_ms == (made_ms or now().wall_ms)
    assert json.loads(encode_payload(event)) == {**NEWS, "TimeCreatedMs": event.time_created_ms}


def test_an_event_without_its_time_passes_as_it_came_while_no_clock_is_set() -> None:
    event = AnyEvent(message_id="m", src=SECOND, body=dict(NEWS))
    assert dated(event, 5_000) is event


# ------------------------------------------------------------------------------------ refused commands


REFUSED = [
    (dispatch("relay3", "change.store.flow.relay", "Explode"), "charge-discharge-relay3", 0),
    (dispatch("hp-boss", "turn.hp.on.off", "Sideways"), "hp-scada-ops-relay6", 0),
    (
        dispatch("relay3", "change.store.flow.relay", "ChargeStore", TimeoutSeconds=0),
        "charge-discharge-relay3",
        0,
    ),
    (admin_analog(value=400), "dist-010v", 0),
]


@pytest.mark.parametrize(("payload", "channel", "value"), REFUSED)
def test_a_person_whose_command_is_refused_sees_where_the_actuator_stands(
    primary: Primary, payload: dict[str, Any], channel: str, value: int
) -> None:
    with pytest.raises(Malformed):
        primary.hear(ADMIN, "admin", SCADA, payload)
    said = [one for s in range(1, 40) for one in primary.tick(now(s / 10)) if one.link == ADMIN]
    readings: list[Any] = [one.payload for one in said if one.payload.type_name == "single.reading"]
    assert [(r.channel_name, r.value) for r in readings] == [(channel, value)]


def test_a_refused_command_does_not_take_the_place_of_one_that_is_being_carried_out(primary: Primary) -> None:
    primary.scene.go("Dormant.Admin")
    primary.tick(now(1))
    good = dispatch("relay3", "change.store.flow.relay", "ChargeStore")
    primary.hear(ADMIN, "admin", SCADA, good)
    with pytest.raises(Malformed):
        primary.hear(ADMIN, "admin", SCADA, dispatch("relay3", "change.store.flow.relay", "Explode"))
    primary.scene.readbacks["relay3"] = Readback(1, 1, now(2).mono_ms)
    reports: list[Any] = [
        one.payload for one in primary.tick(now(2)) if one.payload.type_name == "fsm.full.report"
    ]
    assert [report.trigger_id for report in reports] == [good["DispatchTrigger"]["TriggerId"]]


def test_a_command_about_nothing_of_ours_is_not_answered(primary: Primary) -> None:
    for node in ("relay4", "dist-010v"):
        with pytest.raises(Malformed):
            primary.hear(ADMIN, "admin", SCADA, dispatch(node, "change.relay.state", "OpenRelay"))
    with pytest.raises(Malformed):
        primary.hear(
            UPSTREAM, HOUSE.ltn.alias, "s", dispatch("relay3", "change.store.flow.relay", "ChargeStore")
        )
    said = [
        one for s in range(1, 29) for one in primary.tick(now(s)) if one.payload.type_name == "single.reading"
    ]
    assert said == []
