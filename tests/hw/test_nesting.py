"""Deep JSON is known before it is decoded, whatever its texts hold, and goes no further than the door."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.http_client import HttpReply
from hw.nesting import MOST_LEVELS, too_deep
from hw.nws import read_hourly, read_points
from hw.pico.intake import Intake
from hw.pico.module import Refused, decoder
from layouts.load import load_house
from states.image import Answer, Post
from tests.hw.fakes import at
from tests.hw.test_hub_poll import Site, device

HUB = "/34-e1-d1-80-be-ec"
LEAVES = st.text(alphabet='[]{}"\\ab\u00b0', max_size=6) | st.integers() | st.none()
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"\\', max_size=3), inner, max_size=2)
    ),
    max_leaves=12,
)


def levels(tree: Any) -> int:
    if isinstance(tree, dict):
        tree = list(tree.values())
    return 1 + max(map(levels, tree), default=0) if isinstance(tree, list) else 0


@settings(max_examples=100, deadline=None)
@given(TREES, st.integers(0, MOST_LEVELS + 4), st.booleans(), st.integers(0, 9))
def test_the_levels_are_those_of_the_tree(tree: Any, more: int, curly: bool, beside: int) -> None:
    for _ in range(more):
        tree = {"a": tree, '\\"[': "]"} if curly else [tree, *[[]] * beside]
    assert too_deep(json.dumps(tree).encode()) == (levels(tree) > MOST_LEVELS)


def deep(levels: int, curly: bool = False) -> str:
    begin, end = ('{"a":', "}") if curly else ("[", "]")
    return begin * levels + "1" + end * levels


def event(name: str, value: str, device: str = "3") -> bytes:
    return f'{{"content":{{"name":"{name}","value":{value},"deviceId":"{device}"}}}}'.encode()


@pytest.mark.parametrize("name", ["temperature", "heatingSetpoint", "thermostatOperatingState"])
@pytest.mark.parametrize("curly", [False, True])
def test_no_depth_of_a_hubs_post_comes_out_of_the_intake(name: str, curly: bool) -> None:
    """What can be decoded cannot always be printed, from one depth of the stack to the next."""
    intake = Intake(load_house("beech"))
    wanted = range(1, 1100)
    for many in wanted:
        answer = intake.take(Post(7, "POST", HUB, event(name, deep(many, curly))), at(1000))[1]
        assert answer.status == 400, many
    assert intake.refused == {intake.hub.name if intake.hub else "": len(wanted)}


def test_whatever_a_body_does_is_a_counted_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what nobody has thought of."""
    intake = Intake(load_house("beech"))
    assert intake.hub is not None

    def breaks(*_: object) -> None:
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr(intake.hub, "understand", breaks)
    samples, answer = intake.take(Post(7, "POST", HUB, event("temperature", "68")), at(1000))
    assert (samples, answer.status, answer.ticket) == ((), 400, 7)
    assert isinstance(answer, Answer)
    assert intake.refused == {intake.hub.name: 1}
    assert "RecursionError" in intake.hub.device.status.words


@pytest.mark.parametrize(
    "value", ['"1_0"', '"\u0666\u0668"', '"6e1"', '"nan"', '"68,0"', '""', '"0x40"', "true"]
)
def test_a_number_in_text_is_plain_digits(value: str) -> None:
    intake = Intake(load_house("beech"))
    samples, answer = intake.take(Post(7, "POST", HUB, event("temperature", value)), at(1000))
    assert (samples, answer.status) == ((), 400)


@pytest.mark.parametrize("value", ['"68"', '"68.0"', "68", "68.0", '" 68.00 "', '"+68"'])
def test_a_number_may_come_as_text(value: str) -> None:
    intake = Intake(load_house("beech"))
    samples, answer = intake.take(Post(7, "POST", HUB, event("temperature", value)), at(1000))
    assert answer.status == 200
    assert [reading.value for _, reading in samples] == [68_000]


def test_every_reader_of_a_body_refuses_a_deep_one() -> None:
    body = deep(MOST_LEVELS + 1).encode()
    with pytest.raises(Refused, match="nested deeper"):
        decoder(list)(body)
    for read in (read_points, read_hourly):
        with pytest.raises(ValueError, match="nested deeper"):
            read(body)


def test_no_depth_of_a_hubs_answer_breaks_the_poll() -> None:
    site = Site(1)
    zone = site.poll._zones[0]
    wanted = range(1, 1100)
    for many in wanted:
        body = f'{{"id":"3","attributes":[{{"name":"temperature","currentValue":{deep(many)}}}]}}'.encode()
        site.poll._take(zone, HttpReply(200, body), at(1000))
    assert site.poll.device.errors == len(wanted)
    assert "nested deeper" in site.words


def test_whatever_an_answer_of_the_hub_does_is_a_failed_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(1)

    def breaks(*_: object) -> None:
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr(site.hub, "understand", breaks)
    site.poll._take(site.poll._zones[0], HttpReply(200, device(3, "66").encode()), at(1000))
    assert site.poll.device.errors == 1
    assert "maximum recursion depth" in site.words
