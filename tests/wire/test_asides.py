"""Remote debugging, glitches of the ATN and commands to the sieg loop: answered, counted, never a flood."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from layouts.load import FOLDER, load_house
from layouts.model import House
from layouts.settings import Settings
from proto.asides import DECLINED, MAX_TOLD, MAX_WAITING, NO_SET_POINT
from proto.conversation import Conversation
from proto.open import plans
from proto.subscriptions import subscriptions
from proto.told import told
from proto.wire import Malformed, ProactorDbgEvent, decode, encode, topic
from proto.wire.readings import Glitch
from proto.words import UPSTREAM
from tests.annex import annex
from tests.wire.examples import envelope, example
from tests.wire.scenes import Scene, now
from tests.wire.test_conversation import Talk

SIEG = [
    "set.target.lwt",
    "set.lwt.control.params",
    "reset.hp.keep.value",
    "sieg.loop.endpoint.valve.adjustment",
]


@pytest.fixture
def house() -> Talk:
    made = Talk()
    made.quiet()
    return made


def dbg(command: str | None = None, **levels: Any) -> dict[str, Any]:
    return {"TypeName": "gridworks.proactor.dbg", "Levels": levels, "Command": command}


def glitch(house: Talk, **changes: Any) -> dict[str, Any]:
    return example("glitch") | {"FromGNodeAlias": house.ltn} | changes


def answers(house: Talk, at: float = 1) -> list[Any]:
    said = [one.payload for one in house.tick(now(at)) if one.link == UPSTREAM]
    return [one for one in said if isinstance(one, (ProactorDbgEvent, Glitch))]


def test_the_subscriptions_are_shown_to_the_peer_that_asks(house: Talk) -> None:
    assert house.hear(UPSTREAM, dbg("show_subscriptions")) is None
    (answer,) = answers(house)
    atn = house.ltn.replace(".", "-")
    assert answer.msg == f"gridworks_mqtt gw/{atn}/to/s/#"
    assert answer.count == 1
    body = json.loads(encode(house.scada, "ltn", answer))
    assert body["Header"]["AckRequired"] is True
    assert body["Payload"]["TypeName"] == "gridworks.event.proactor.dbg"
    assert body["Payload"]["Command"] == {
        "TypeName": "gridworks.proactor.dbg",
        "Levels": {"message_summary": -1, "lifecycle": -1, "comm_event": -1, "io_loop": -1},
        "Command": "show_subscriptions",
    }
    again = decode(topic(house.scada, "ltn", answer.type_name), encode(house.scada, "ltn", answer))
    assert again.payload == answer


def test_the_subscriptions_told_are_those_that_are_made() -> None:
    base = Settings()
    settings = replace(base, admin=replace(base.admin, enabled=True), local=replace(base.local, enabled=True))
    second = annex()
    told = subscriptions(second, settings)
    assert {plan.name: topics for plan, topics, _ in plans(second, settings)} == {
        link: (topic,) for link, topic in told.items()
    }
    assert len(told) == 3


def test_log_levels_stay_the_houses_own_and_it_says_so(house: Talk) -> None:
    house.hear(UPSTREAM, dbg(None, message_summary=10, lifecycle="20", io_loop=-1.0))
    (answer,) = answers(house)
    assert answer.command.command is None
    assert set(answer.command.levels.values()) == {-1}
    assert "no log level was changed" in answer.msg


def test_a_command_nobody_knows_is_answered_and_not_echoed(house: Talk) -> None:
    house.hear(UPSTREAM, dbg("rm -rf " * 1000))
    (answer,) = answers(house)
    assert answer.command.command is None
    assert answer.msg.startswith("there is no command 'rm -rf ")
    assert len(answer.msg) < 300


def test_who_asks_without_end_is_answered_once_in_ten_seconds(house: Talk) -> None:
    for at in range(25):
        house.hear(UPSTREAM, dbg("show_subscriptions"))
        assert len(answers(house, 1 + at)) == (at % 10 == 0)
    assert house.talk.counters["atn_debug_requests"] == 25
    assert house.talk.counters["atn_asides_held_back"] == 22
    assert len(house.talk.told) == 3


def test_a_glitch_of_the_atn_is_shown_at_home_and_answered_by_nothing(house: Talk) -> None:
    """The reference would send it straight back."""
    assert (
        house.hear(
            UPSTREAM, glitch(house, Node="ltn", Summary="late-price", Details="no bid", Type="Warning")
        )
        is None
    )
    assert answers(house) == []
    assert list(house.talk.told) == [("atn-glitch", "the ATN says (Warning, ltn): late-price: no bid")]
    for at in range(30):
        house.hear(UPSTREAM, glitch(house, Node="ltn", Summary="late-price", Details=f"no bid {at}" * 99))
        answers(house, 2 + at)
    assert len(house.talk.told) == 1
    assert house.talk.counters["atn_glitches"] == 31
    for n in range(MAX_TOLD + 30):
        house.hear(UPSTREAM, glitch(house, Summary=f"glitch {n}", Details="x" * 9999))
        answers(house, 40 + n)
    assert len(house.talk.told) == MAX_TOLD
    assert max(len(words) for _, words in house.talk.told) <= 300


def test_a_glitch_in_somebody_elses_name_is_none(house: Talk) -> None:
    with pytest.raises(Malformed) as refused:
        house.hear(UPSTREAM, glitch(house, FromGNodeAlias="d1.evil"))
    assert refused.value.cause == "stranger"


def test_more_than_a_tick_takes_is_refused_and_counted(house: Talk) -> None:
    for _ in range(MAX_WAITING):
        house.hear(UPSTREAM, dbg())
    with pytest.raises(Malformed) as refused:
        house.hear(UPSTREAM, dbg())
    assert refused.value.cause == "too-much"
    assert house.talk.counters["atn_asides_dropped"] == 1
    answers(house)
    house.hear(UPSTREAM, dbg())


def with_sieg_loop(folder: Path) -> House:
    text = (FOLDER / "orange.toml").read_text()
    text = text.replace('manifold = "House0" ', 'manifold = "House0Sieg" ')
    (folder / "oak.toml").write_text(text.replace("use_sieg_loop = false", "use_sieg_loop = true"))
    return load_house(folder / "oak.toml")


@pytest.mark.parametrize("name", SIEG)
@pytest.mark.parametrize("sieg", [False, True], ids=["House0", "House0Sieg"])
def test_a_command_to_the_sieg_loop_is_declined_with_the_reason(
    name: str, sieg: bool, tmp_path: Path
) -> None:
    house = Talk()
    if sieg:
        house.scene = Scene()
        house.talk = Conversation(with_sieg_loop(tmp_path), Settings(), house.talk.outbound._new_id)
    house.quiet()
    assert house.hear(UPSTREAM, example(name)) is None
    (said,) = answers(house)
    assert (said.type, said.summary) == ("Warning", f"declined {name}")
    assert said.details.endswith(
        f"is not obeyed: {NO_SET_POINT}" if sieg else "is not obeyed: this house has no sieg loop"
    )
    assert said.node == ("sieg-loop" if sieg else "s")
    for at in range(2, 3600, 120):
        house.hear(UPSTREAM, example(name))
        assert answers(house, at) == []
    house.hear(UPSTREAM, example(name))
    assert len(answers(house, 3602)) == 1, "told again after an hour"
    assert house.talk.counters["atn_commands_declined"] == 32
    assert [cause for cause, _ in house.talk.told] == [f"declined {name}"] * 2


def test_every_form_of_such_a_command_is_understood() -> None:
    forms: list[dict[str, Any]] = [
        {"TypeName": "set.target.lwt", "TargetLwtF": "130"},
        {
            "TypeName": "set.target.lwt",
            "TargetLwtF": 130.0,
            "FromHandle": "ltn.la",
            "ToHandle": "ltn.la.sieg-loop",
        },
        {
            "TypeName": "set.lwt.control.params",
            "ProportionalGain": "1.5",
            "T1": 20.0,
            "ControlIntervalSeconds": "15",
        },
        {"TypeName": "reset.hp.keep.value", "HpKeepSecondsTimes10": -5},
        {"TypeName": "sieg.loop.endpoint.valve.adjustment", "HpKeepPercent": 0, "Seconds": "60"},
        {"TypeName": "sieg.loop.endpoint.valve.adjustment", "HpKeepPercent": 100, "Seconds": 60.0},
    ]
    house = Talk()
    for form in forms:
        body = {**example(form["TypeName"]), **form}
        body.pop("CreatedMs")
        house.hear(UPSTREAM, body)
    assert len(answers(house, 0)) == len(SIEG) == len(DECLINED)


@pytest.mark.parametrize(
    "change", [{"HpKeepPercent": 50}, {"HpKeepPercent": "0"}, {"Seconds": 0}, {"Version": "001"}]
)
def test_what_is_no_such_command_is_malformed(change: dict[str, Any]) -> None:
    name = "sieg.loop.endpoint.valve.adjustment"
    body = json.dumps(envelope({**example(name), **change})).encode()
    with pytest.raises(Malformed):
        decode(topic("d1.oak", "s", name), body)


def test_what_is_told_at_home_is_told_once_and_never_as_a_refusal(house: Talk) -> None:
    """Log and page get it as events: what a link refused, and beside it what the ATN had to say."""
    house.hear(UPSTREAM, glitch(house, Summary="late-price", Details=""))
    answers(house)
    links: Any = SimpleNamespace(told=deque([("replay", "an old command")]))
    events = told(now(1), links, house.talk)
    assert [(one.kind, one.name) for one in events] == [("refused", "replay"), ("note", "atn-glitch")]
    assert events[1].words.endswith("late-price")
    assert told(now(2), links, house.talk) == []
