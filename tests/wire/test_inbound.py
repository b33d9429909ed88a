"""Who may say what on which link, and what it means for the house."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from layouts.load import FOLDER, load_house
from layouts.settings import Settings
from proto.conversation import Conversation
from proto.params import ha1_params
from proto.understood import SecondReadings
from proto.wire import KNOWN, Event, Incoming, Malformed, decode, encode_payload, topic
from proto.words import ADMIN, LOCAL, UPSTREAM
from states.image import HeardAdmin, HeardAnalog, HeardHeartbeat, HeardParams, HeardRelease, HouseParams
from tests.annex import NODES, annex
from tests.wire.examples import UID, envelope, example
from tests.wire.peers import LTN, SCADA, admin_analog, analog, dispatch, heartbeat, params
from tests.wire.scenes import START_MS, Ids, house, now

HOUSE = house()
PLACES = {UPSTREAM: (LTN, "s"), ADMIN: ("admin", SCADA), LOCAL: (f"{SCADA}.s2", "s")}


@pytest.fixture
def talk() -> Conversation:
    return Conversation(HOUSE, Settings(), Ids())


def _on(link: str, payload: dict[str, Any], **header: Any) -> Incoming:
    src, dst = PLACES[link]
    whole = envelope(payload, **({"Src": src, "Dst": dst} | header))
    return decode(topic(src, dst, payload["TypeName"]), json.dumps(whole).encode())


def _refused(talk: Conversation, link: str, payload: dict[str, Any], **header: Any) -> str:
    with pytest.raises(Malformed) as refused:
        talk.hear(now(), link, _on(link, payload, **header))
    return refused.value.cause


# ------------------------------------------------------------------------------------------ strangers


@pytest.mark.parametrize("link", [UPSTREAM, ADMIN, LOCAL])
def test_only_the_peer_of_the_link_is_heard(talk: Conversation, link: str) -> None:
    payload = example("gridworks.ping")
    talk.admit(link, _on(link, payload))
    src, dst = PLACES[link]
    for wrong_src, wrong_dst, header in [("d1.evil", dst, src), (src, "s3", src), (src, dst, "d1.evil")]:
        whole = envelope(payload, Src=header, Dst=dst)
        incoming = decode(topic(wrong_src, wrong_dst, "gridworks.ping"), json.dumps(whole).encode())
        with pytest.raises(Malformed) as refused:
            talk.admit(link, incoming)
        assert refused.value.cause == "stranger"
        with pytest.raises(Malformed):
            talk.hear(now(), link, incoming)


def test_a_peer_of_one_link_is_a_stranger_on_another(talk: Conversation) -> None:
    for link in PLACES:
        for other in set(PLACES) - {link}:
            with pytest.raises(Malformed):
                talk.admit(link, _on(other, example("gridworks.ping")))
    with pytest.raises(Malformed) as refused:
        talk.admit("another", _on(UPSTREAM, example("gridworks.ping")))
    assert refused.value.cause == "link"


def test_only_nodes_of_the_second_computer_speak_through_it() -> None:
    """Its own name, long or short, and the nodes that run on it; as the reference checks them."""
    talk = Conversation(annex(), Settings(), Ids())
    for name in (*NODES, "s2", f"{SCADA}.s2"):
        talk.admit(LOCAL, _on(LOCAL, example("synced.readings"), Src=name))
    for name in ("tank2", "relay-multiplexer", "s", "admin", "nobody", SCADA):
        with pytest.raises(Malformed) as refused:
            talk.admit(LOCAL, _on(LOCAL, example("synced.readings"), Src=name))
        assert refused.value.cause == "stranger"


ASKS = {"send.snap", "send.layout", "send.control.capabilities"}
LINK = {"gridworks.ping", "gridworks.ack"}
EVENTS = {name for name, kind in KNOWN.items() if issubclass(kind, Event)}
ADMIN_WORDS = {f"admin.{word}" for word in ("dispatch", "analog.dispatch", "keep.alive", "release.control")}
ASIDES = {
    "gridworks.proactor.dbg", "glitch", "set.target.lwt", "set.lwt.control.params", "reset.hp.keep.value",
    "sieg.loop.endpoint.valve.adjustment",
}  # fmt: skip
"""Answered in words, decided about nothing."""
FOR_US = {
    UPSTREAM: LINK | ASKS | {"slow.contract.heartbeat", "scada.params", "analog.dispatch"} | ASIDES,
    ADMIN: LINK | ASKS | ADMIN_WORDS,
    LOCAL: LINK | EVENTS | {"synced.readings", "power.watts", "glitch"},
}


@pytest.mark.parametrize("link", [UPSTREAM, ADMIN, LOCAL])
@pytest.mark.parametrize("name", sorted(KNOWN))
def test_whatever_is_not_for_us_on_a_link_is_refused(talk: Conversation, link: str, name: str) -> None:
    payload = example(name)
    if "Src" in payload:
        payload["Src"] = PLACES[link][0]
    cause = ""
    try:
        talk.hear(now(), link, _on(link, payload))
    except Malformed as refused:
        cause = refused.cause
    assert cause.startswith("unexpected") == (name not in FOR_US[link]), cause


def test_what_only_an_admin_may_say_is_refused_from_the_atn(talk: Conversation) -> None:
    """The reference obeys it from anybody."""
    for payload in (
        dispatch("relay2", "change.relay.state", "OpenRelay"),
        admin_analog(),
        example("admin.keep.alive"),
        example("admin.release.control"),
    ):
        assert _refused(talk, UPSTREAM, payload).startswith("unexpected admin.")
        assert _refused(talk, LOCAL, payload).startswith("unexpected admin.")


def test_a_contract_comes_from_the_atn_alone(talk: Conversation) -> None:
    assert _refused(talk, ADMIN, heartbeat()) == "unexpected slow.contract.heartbeat"
    assert _refused(talk, LOCAL, heartbeat()) == "unexpected slow.contract.heartbeat"


def test_the_alias_in_the_body_must_be_the_peers(talk: Conversation) -> None:
    assert _refused(talk, UPSTREAM, example("send.snap") | {"FromGNodeAlias": "d1.evil"}) == "stranger"
    assert _refused(talk, ADMIN, example("send.snap") | {"FromGNodeAlias": LTN}) == "stranger"
    dispatch = analog(boss="auto", FromGNodeAlias="d1.evil")
    assert _refused(talk, UPSTREAM, dispatch) == "stranger"
    assert _refused(talk, UPSTREAM, analog(boss="auto")) == "stranger", "no alias at all"


def test_the_count_of_causes_does_not_grow_with_what_strangers_invent(talk: Conversation) -> None:
    causes = set()
    for i in range(50):
        body = {"TypeName": f"gridworks.event.x{i}", "MessageId": UID, "Src": LTN, "TimeCreatedMs": START_MS}
        causes.add(_refused(talk, UPSTREAM, body))
    assert causes == {"unexpected an event"}


# ------------------------------------------------------------------------------------------ contracts


def test_a_heartbeat_of_the_atn_is_heard_whole(talk: Conversation) -> None:
    heard = talk.hear(now(), UPSTREAM, _on(UPSTREAM, heartbeat()))
    assert isinstance(heard, HeardHeartbeat)
    beat = heard.heartbeat
    assert (heard.link, heard.sender) == (UPSTREAM, LTN)
    assert (beat.from_node, beat.status, beat.created_ms, beat.my_digit) == (
        "ltn",
        "Created",
        START_MS + 3_000,
        4,
    )
    assert (beat.contract.scada_alias, beat.contract.contract_id) == (SCADA, UID)
    assert (beat.contract.watt_hours, beat.contract.end_s) == (5500, START_MS // 1000 + 3600)


def test_a_contract_for_another_house_is_heard_so_that_it_can_be_refused_with_a_reason(
    talk: Conversation,
) -> None:
    other = heartbeat(contract={"ScadaAlias": "d1.isone.ct.newhaven.orange2.scada"})
    heard = talk.hear(now(), UPSTREAM, _on(UPSTREAM, other))
    assert isinstance(heard, HeardHeartbeat)
    assert heard.heartbeat.contract.scada_alias == "d1.isone.ct.newhaven.orange2.scada"


def test_our_own_heartbeat_coming_back_is_refused(talk: Conversation) -> None:
    own = heartbeat(FromNode="s", Status="Received", WattHoursUsed=0)
    assert _refused(talk, UPSTREAM, own) == "stranger"


# --------------------------------------------------------------------------------------------- admin


@pytest.mark.parametrize("relay", HOUSE.relays, ids=lambda relay: relay.node)
def test_every_relay_follows_its_own_words_and_no_others(relay: Any) -> None:
    kind = relay.kind
    for name, coil in ((kind.active_event, 1), (kind.rest_event, 0)):
        talk = Conversation(HOUSE, Settings(), Ids())
        heard = talk.hear(now(), ADMIN, _on(ADMIN, dispatch(relay.node, kind.event_type, name)))
        assert heard == HeardAdmin(ADMIN, "admin", relay.node, coil, 300)
    talk = Conversation(HOUSE, Settings(), Ids())
    for event_type, name in [
        (kind.event_type, "Explode"), ("change.valve.state", kind.active_event), (kind.event_type, ""),
        ("turn.hp.on.off", "TurnOn"), (kind.event_type, kind.active_event.lower()),
    ]:  # fmt: skip
        assert _refused(talk, ADMIN, dispatch(relay.node, event_type, name)) == "wrong-event"


def test_the_heat_pump_is_turned_on_and_off_by_its_boss() -> None:
    """TurnOn closes relay 6, which is its rest; the names are those of the admin program."""
    for name, coil in (("TurnOn", 0), ("TurnOff", 1)):
        talk = Conversation(HOUSE, Settings(), Ids())
        heard = talk.hear(now(), ADMIN, _on(ADMIN, dispatch("hp-boss", "turn.hp.on.off", name)))
        assert heard == HeardAdmin(ADMIN, "admin", "relay6", coil, 300)
    talk = Conversation(HOUSE, Settings(), Ids())
    assert _refused(talk, ADMIN, dispatch("hp-boss", "turn.hp.on.off", "TurnSideways")) == "wrong-event"
    assert _refused(talk, ADMIN, dispatch("hp-boss", "change.heat.pump.control", "TurnOn")) == "wrong-event"


@pytest.mark.parametrize("sieg", [False, True], ids=["House0", "House0Sieg"])
def test_the_heat_pumps_boss_moves_relay_6_with_a_sieg_loop_and_without(sieg: bool, tmp_path: Path) -> None:
    """The admin program names the boss in both; with a sieg loop relay 6 stands under that boss at start."""
    text = (FOLDER / "orange.toml").read_text()
    if sieg:
        text = text.replace('manifold = "House0" ', 'manifold = "House0Sieg" ')
        text = text.replace("use_sieg_loop = false", "use_sieg_loop = true")
    (tmp_path / "oak.toml").write_text(text)
    oak = load_house(tmp_path / "oak.toml")
    assert oak.use_sieg_loop is sieg
    assert oak.node_by_name["relay6"].handle == ("auto.lc.n.hp-boss.relay6" if sieg else "auto.lc.n.relay6")
    for node, event, name, coil in [
        ("hp-boss", "turn.hp.on.off", "TurnOn", 0), ("hp-boss", "turn.hp.on.off", "TurnOff", 1),
        ("relay6", "change.relay.state", "CloseRelay", 0), ("relay14", "change.relay.state", "OpenRelay", 1),
    ]:  # fmt: skip
        talk = Conversation(oak, Settings(), Ids())
        relay = "relay6" if node == "hp-boss" else node
        heard = talk.hear(now(), ADMIN, _on(ADMIN, dispatch(node, event, name)))
        assert heard == HeardAdmin(ADMIN, "admin", relay, coil, 300)
    talk = Conversation(oak, Settings(), Ids())
    assert _refused(talk, ADMIN, dispatch("hp-boss", "change.relay.state", "OpenRelay")) == "wrong-event"


def test_what_is_no_relay_or_not_under_admin_is_refused(talk: Conversation) -> None:
    event = ("change.relay.state", "OpenRelay")
    assert _refused(talk, ADMIN, dispatch("relay4", *event)) == "no-actuator"
    assert _refused(talk, ADMIN, dispatch("dist-010v", *event)) == "no-actuator"
    deep = {"FromHandle": "admin.hp-boss", "ToHandle": "admin.hp-boss.relay6"}
    assert _refused(talk, ADMIN, dispatch("relay6", *event, trigger=deep)) == "bad-boss"
    auto = {"FromHandle": "auto.lc.n", "ToHandle": "auto.lc.n.relay6"}
    assert _refused(talk, ADMIN, dispatch("relay6", *event, trigger=auto)) == "bad-boss"
    sly = {"FromHandle": "nobody", "ToHandle": "multiplexer.relay6"}
    assert _refused(talk, ADMIN, dispatch("relay6", *event, trigger=sly)) == "bad-boss"


def test_a_zero_ten_output_takes_0_to_100(talk: Conversation) -> None:
    heard = talk.hear(now(), ADMIN, _on(ADMIN, admin_analog(value=40)))
    assert heard == HeardAdmin(ADMIN, "admin", "dist-010v", 40, 300)
    fresh = "22222222-2222-4222-8222-222222222222"
    for value in (-1, 101, 10**9):
        assert _refused(talk, ADMIN, admin_analog(value=value, TriggerId=fresh)) == "value"
    assert _refused(talk, ADMIN, admin_analog(node="relay6", TriggerId=fresh)) == "no-actuator"
    mixed = admin_analog(TriggerId=fresh, AboutName="store-010v")
    assert _refused(talk, ADMIN, mixed) == "bad-boss"
    assert _refused(talk, ADMIN, admin_analog(boss="auto.lc.n", TriggerId=fresh)) == "bad-boss"


def test_the_same_command_is_carried_out_once(talk: Conversation) -> None:
    payload = dispatch("relay2", "change.relay.state", "OpenRelay")
    talk.hear(now(), ADMIN, _on(ADMIN, payload))
    assert _refused(talk, ADMIN, payload) == "replay"
    assert _refused(talk, ADMIN, admin_analog()) == "replay", "the id is spent for every kind of command"


LEASES = [(1, 1), (300, 300), (86_400, 86_400), (10**9, 86_400), (None, None)]


@pytest.mark.parametrize(("seconds", "lease_s"), LEASES)
def test_a_lease_is_at_most_a_day(talk: Conversation, seconds: int | None, lease_s: int | None) -> None:
    payload = example("admin.keep.alive") | {"AdminTimeoutSeconds": seconds}
    assert talk.hear(now(), ADMIN, _on(ADMIN, payload)) == HeardAdmin(ADMIN, "admin", None, 0, lease_s)


@pytest.mark.parametrize("seconds", [0, -300])
def test_a_lease_lasts(talk: Conversation, seconds: int) -> None:
    payload = example("admin.keep.alive") | {"AdminTimeoutSeconds": seconds}
    assert _refused(talk, ADMIN, payload) == "lease"
    relay = dispatch("relay2", "change.relay.state", "OpenRelay", TimeoutSeconds=seconds)
    assert _refused(talk, ADMIN, relay) == "lease"
    assert _refused(talk, ADMIN, admin_analog(TimeoutSeconds=seconds)) == "lease"


def test_a_person_lets_go(talk: Conversation) -> None:
    heard = talk.hear(now(), ADMIN, _on(ADMIN, example("admin.release.control")))
    assert heard == HeardRelease(ADMIN, "admin")


# ----------------------------------------------------------------------------------- the ATN's wishes


def test_the_atn_sets_an_output(talk: Conversation) -> None:
    heard = talk.hear(now(), UPSTREAM, _on(UPSTREAM, analog(boss="auto", value=33, FromGNodeAlias=LTN)))
    assert heard == HeardAnalog(UPSTREAM, LTN, "dist-010v", 33, "auto")


def test_parameters_are_heard_in_physical_units(talk: Conversation) -> None:
    wire = json.loads(encode_payload(ha1_params(HouseParams())))
    heard = talk.hear(now(), UPSTREAM, _on(UPSTREAM, params(wire | {"AlphaTimes10": 57, "DdRswtF": 140})))
    assert heard == HeardParams(UPSTREAM, LTN, UID, replace(HouseParams(), alpha=5.7, dd_rswt_f=140.0))
    assert _refused(talk, UPSTREAM, params(None)) == "no-params"


# ------------------------------------------------------------------------------ the second computer


def _synced(**values: int) -> dict[str, Any]:
    names = [name.replace("_", "-") for name in values]
    return example("synced.readings") | {"ChannelNameList": names, "ValueList": list(values.values())}


def test_the_second_computer_adds_readings_of_its_own_channels_and_no_others() -> None:
    talk = Conversation(annex(), Settings(), Ids())
    payload = _synced(hp_lwt=40_000, hp_ewt=5)
    heard = talk.hear(now(), LOCAL, _on(LOCAL, payload))
    assert heard == SecondReadings((("hp-lwt", 40_000), ("hp-ewt", 5)), payload["ScadaReadTimeUnixMs"])
    mixed = talk.hear(now(), LOCAL, _on(LOCAL, _synced(hp_lwt=1, primary_flow=2, oat_x=3)))
    assert isinstance(mixed, SecondReadings)
    assert mixed.samples == (("hp-lwt", 1),)
    assert mixed.unknown == ("primary-flow", "oat-x"), "a flow module of ours is not theirs to tell"
    assert _refused(talk, LOCAL, _synced(primary_flow=2)) == "no-channel"
    assert _refused(talk, LOCAL, example("send.layout")) == "unexpected send.layout"


def test_without_a_second_computer_in_the_layout_nobody_is_one(talk: Conversation) -> None:
    assert _refused(talk, LOCAL, _synced(hp_lwt=40_000)) == "no-channel"
    with pytest.raises(Malformed):
        talk.admit(LOCAL, _on(LOCAL, example("synced.readings"), Src="power-meter"))
