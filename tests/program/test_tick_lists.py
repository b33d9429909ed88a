"""A flow module with `send_tick_lists` in its layout: the ATN gets every pulse, as posted, if it listens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gwsproto.named_types as oracle
from msgspec.structs import replace

import scada
from hw.clock import VirtualClock
from hw.pico.intake import MAX_LISTS
from layouts.load import FOLDER, load_house
from layouts.settings import Settings
from layouts.share import SECONDARY
from proto.memory import MemoryBroker
from proto.open import open_conversation
from proto.wire import topic
from states.image import TickList
from tests.program.house import program

START = int(datetime(2026, 1, 27, 5, tzinfo=UTC).timestamp() * 1000)
SECONDS = 900


def layout(folder: Path) -> str:
    """The small house; one of its three flow modules has a tick list to send."""
    text = (FOLDER / "orange.toml").read_text(encoding="utf-8")
    path = folder / "orange.toml"
    path.write_text(
        text.replace("primary-flow = {", "primary-flow = { send_tick_lists = true,"), encoding="utf-8"
    )
    return str(path)


def lived(folder: Path, listens: bool) -> tuple[list[dict[str, Any]], scada.Scada]:
    """A quarter of an hour of a house, and what its ATN heard of ticks."""
    broker, clock = MemoryBroker(), VirtualClock(START, 1_000_000)
    house = layout(folder)
    alias = load_house(house).scada.alias
    made = program(clock, house, tick_ms=1000, make_pipe=lambda plan, topics, peer: broker.pipe(*topics))
    if not listens:
        made.parts.links.links["gridworks_mqtt"].pipe.close()
    ear = broker.pipe(topic(alias, "ltn", "#"))
    heard: list[dict[str, Any]] = []
    for _ in range(SECONDS):
        clock.advance(1000)
        made.tick()
        ear.step(clock.now().net_ms)
        heard += [json.loads(one.payload)["Payload"] for one in ear.poll(100) if "ticklist" in one.topic]
    return heard, made


def test_the_atn_gets_the_lists_of_that_module_and_no_other(tmp_path: Path) -> None:
    heard, made = lived(tmp_path, listens=True)
    assert len(heard) > 10
    assert {body["TypeName"] for body in heard} == {"ticklist.reed.report"}
    assert {body["ChannelName"] for body in heard} == {"primary-flow"}
    assert any(body["Ticklist"]["RelativeMillisecondList"] for body in heard)
    for body in heard:
        theirs = oracle.TicklistReedReport.model_validate(body)
        assert theirs.TerminalAssetAlias == made.house.terminal_asset.alias
        assert json.loads(theirs.model_dump_json()) == body
    received = [body["ScadaReceivedUnixMs"] for body in heard]
    assert received == sorted(received)
    assert START < received[0] < received[-1] <= START + SECONDS * 1000
    assert made.parts.rig.counters["tick_lists_dropped"] == 0


def test_without_a_link_they_are_counted_and_not_kept(tmp_path: Path) -> None:
    heard, made = lived(tmp_path, listens=False)
    assert heard == []
    assert made.parts.links.counts.unsent > 10
    kept = made.parts.store._events.values()  # type: ignore[attr-defined]
    assert {stored.type_name for stored in kept}.isdisjoint({"ticklist.reed.report"})


def test_more_than_a_tick_takes_are_dropped_and_counted(tmp_path: Path) -> None:
    intake = lived(tmp_path, listens=True)[1].parts.rig.intake
    one = TickList("primary-flow", b"", START)
    next(iter(intake._flows)).lists += [one] * (MAX_LISTS + 3)
    assert len(intake.tick_lists()) == MAX_LISTS
    assert intake.lists_dropped == 3
    assert intake.tick_lists() == ()


def test_the_second_computer_drops_and_counts_them() -> None:
    site = Settings()
    site = replace(site, site=replace(site.site, role=SECONDARY))
    talk = open_conversation(load_house("orange"), site, lambda: "")
    talk.pass_on((TickList("primary-flow", b"", START),) * 2)
    assert talk.dropped == 2
