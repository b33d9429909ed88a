"""A person at the admin program, word by word on the wire, against the whole program in virtual time."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from msgspec.structs import replace

from hw.clock import VirtualClock
from layouts.settings import Gpio, Settings
from proto.memory import MemoryBroker, MemoryPipe
from proto.wire import Incoming, Limits, decode, topic
from tests.program.house import program
from tests.wire.examples import envelope
from tests.wire.peers import LTN, SCADA, admin_analog, dispatch, heartbeat

MORNING_MS = 1_769_490_000_000
"""2026-01-27 00:00 in Maine, the top of an hour."""
TICK_MS = 100


class Person:
    """One who hears what an admin program hears, and an ATN beside him."""

    def __init__(self, gpio: Gpio | None = None, **lease: int) -> None:
        site = replace(Settings(), gpio=gpio or Gpio())
        site = replace(
            site, admin=replace(site.admin, enabled=True), admin_lease=replace(site.admin_lease, **lease)
        )
        self.clock = VirtualClock(MORNING_MS, 1_000_000)
        self.broker = MemoryBroker()
        self.scada = program(
            self.clock,
            tick_ms=TICK_MS,
            settings=site,
            make_pipe=lambda plan, topics, peer: self.broker.pipe(*topics),
        )
        self.ears: MemoryPipe = self.broker.pipe(topic(SCADA, "admin", "#"), max_packet_bytes=512 * 1024)
        self.atn: MemoryPipe = self.broker.pipe(topic(SCADA, "ltn", "#"), max_packet_bytes=512 * 1024)
        self.heard: list[Incoming] = []
        self.atn_heard: list[Incoming] = []
        self.run(2)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds * 1000 / TICK_MS)):
            now = self.clock.advance(TICK_MS)
            for pipe, heard in ((self.ears, self.heard), (self.atn, self.atn_heard)):
                pipe.step(now.net_ms)
                heard += [decode(d.topic, d.payload, Limits(max_bytes=512 * 1024)) for d in pipe.poll(100)]
            self.scada.tick()

    def say(
        self, payload: dict[str, Any], *, src: str = "admin", dst: str = SCADA, retain: bool = False
    ) -> None:
        """Publish, as whoever; a command is made now and has an id of its own."""
        made_ms = self.clock.now().wall_ms
        for part, key in (("DispatchTrigger", "SendTimeUnixMs"), ("Dispatch", "UnixTimeMs")):
            if part in payload:
                payload[part] = {"TriggerId": str(uuid.uuid4())} | payload[part] | {key: made_ms}
        body = json.dumps(envelope(payload, Src=src, Dst=dst), indent=2).encode()
        self.broker.publish(topic(src, dst, payload["TypeName"]), body, self.clock.now().net_ms, retain)

    def move(self, node: str, event: str, name: str, **more: Any) -> None:
        """A relay is toggled."""
        self.say(dispatch(node, event, name, trigger={"TriggerId": str(uuid.uuid4())}, **more))

    def alive(self, seconds: int | None) -> None:
        """A keep-alive."""
        self.say({"TypeName": "admin.keep.alive", "Version": "000", "AdminTimeoutSeconds": seconds})

    def release(self) -> None:
        """He lets go."""
        self.say({"TypeName": "admin.release.control", "Version": "000"})

    def offer(self) -> None:
        """The ATN offers an hour."""
        start_s = self.clock.now().wall_ms // 1000 // 3600 * 3600
        beat = heartbeat(
            contract={"StartS": start_s, "ContractId": str(uuid.uuid4())},
            MessageCreatedMs=min(self.clock.now().wall_ms, start_s * 1000 + 9_000),
        )
        self.say(beat, src=LTN, dst="s")

    def words(self, kind: str, heard: list[Incoming] | None = None) -> list[Any]:
        """Payloads of a type."""
        return [i.payload for i in (self.heard if heard is None else heard) if i.message_type == kind]

    @property
    def path(self) -> str:
        """Where the house is."""
        return str(self.scada.state.path)

    def readback(self, node: str) -> int | None:
        """What the board says."""
        return self.scada.readbacks[node].value


@pytest.fixture
def person() -> Person:
    return Person()


def test_capabilities_then_a_snapshot_as_the_program_asks_for_them(person: Person) -> None:
    person.heard.clear()
    made = {"FromGNodeAlias": "admin", "Version": "000"}
    person.say(
        made | {"TypeName": "send.control.capabilities", "MessageCreatedMs": person.clock.now().wall_ms}
    )
    person.run(0.3)
    (capabilities,) = person.words("scada.control.capabilities")
    house = person.scada.house
    assert [node.name for node in capabilities.relay_nodes] == [relay.node for relay in house.relays]
    assert [node.name for node in capabilities.dac_nodes] == [output.node for output in house.zero_tens]
    person.heard.clear()
    person.say(made | {"TypeName": "send.snap"})
    person.run(0.3)
    (snapshot,) = person.words("snapshot.spaceheat")
    told = {reading.channel_name for reading in snapshot.latest_reading_list}
    assert {channel.name for channel in capabilities.control_channels} <= told, (
        "every relay and output has a value"
    )
    assert person.path.startswith("HomeAlone."), "a question takes nothing over"


def test_a_relay_moves_within_a_tick_and_the_person_hears_of_it(person: Person) -> None:
    person.heard.clear()
    person.move("relay2", "change.relay.state", "OpenRelay")
    person.run(2 * TICK_MS / 1000)
    assert person.readback("relay2") == 1
    assert person.path == "Dormant.Admin"
    (reading,) = [r for r in person.words("single.reading") if r.channel_name == "tstat-common-relay2"]
    assert reading.value == 1
    (report,) = [r for r in person.words("fsm.full.report") if r.from_name == "relay2"]
    assert report.atomic_list[0].machine_handle == "admin.relay2"
    assert person.words("new.command.tree", person.atn_heard), "the ATN hears who is in charge"


def test_an_output_takes_its_value(person: Person) -> None:
    person.say(admin_analog(value=37, TriggerId=str(uuid.uuid4())))
    person.run(0.3)
    assert person.readback("dist-010v") == 37
    assert [r.value for r in person.words("single.reading") if r.channel_name == "dist-010v"][-1] == 37


def test_a_call_for_heat_is_held_back_by_the_governor_and_he_sees_the_truth(person: Person) -> None:
    person.run(10)
    person.heard.clear()
    person.move("relay5", "change.heat.pump.control", "SwitchToScada")
    person.run(3)
    assert person.readback("relay5") == 0
    status = person.scada.snapshot()
    assert status is not None
    (veto,) = [v for v in status.vetoes if v.actuator == "relay5"]
    assert (veto.wished, veto.given) == (1, 0)
    assert "before the first start" in veto.words
    assert [r.value for r in person.words("single.reading") if r.channel_name == "hp-failsafe-relay5"] == [0]


@pytest.mark.parametrize(("asked", "granted"), [(60, 60), (None, 120), (86_400, 300), (10**9, 300)])
def test_a_lease_lasts_as_asked_or_as_the_site_allows(asked: int | None, granted: int) -> None:
    person = Person(default_lease_s=120, max_lease_s=300)
    person.alive(asked)
    person.run(granted - 1)
    assert person.path == "Dormant.Admin"
    person.run(2)
    assert person.path.startswith("HomeAlone.")


def test_built_in_no_time_means_a_day(person: Person) -> None:
    person.alive(None)
    person.run(0.2)
    assert person.scada.state.admin is not None
    assert person.scada.state.admin.until_ms - person.clock.now().mono_ms == pytest.approx(
        86_400_000, abs=1_000
    )


def test_each_command_and_keep_alive_renews_and_release_ends_at_once(person: Person) -> None:
    person.alive(60)
    person.run(50)
    person.move("relay2", "change.relay.state", "OpenRelay", TimeoutSeconds=60)
    person.run(50)
    assert person.path == "Dormant.Admin"
    person.alive(60)
    person.run(50)
    assert person.path == "Dormant.Admin"
    person.release()
    person.run(0.3)
    assert person.path.startswith("HomeAlone.")
    person.run(3)
    assert person.readback("relay2") == 0, "what he left is taken back"


def test_an_offer_meanwhile_is_answered_with_the_reason(person: Person) -> None:
    person.alive(3600)
    person.run(1)
    person.offer()
    person.run(1)
    answers = person.words("slow.contract.heartbeat", person.atn_heard)
    assert [(a.status, a.cause) for a in answers] == [
        ("TerminatedByScada", "Refused: a person holds the house")
    ]


def test_a_program_that_has_quit_does_not_hold_the_house_against_the_atn(person: Person) -> None:
    person.alive(30)
    person.run(40)
    person.offer()
    person.run(1)
    (answer,) = person.words("slow.contract.heartbeat", person.atn_heard)
    assert answer.status == "Received"


def test_nobody_else_is_a_person(person: Person) -> None:
    """From the cloud, under another name, to another house, or under his name: refused and counted."""
    payload = dispatch("relay2", "change.relay.state", "OpenRelay", trigger={"TriggerId": str(uuid.uuid4())})
    person.say(dict(payload), src=LTN, dst="s")
    person.say(dict(payload), src="mallory")
    person.say(dict(payload), dst="d1.isone.another.scada")
    body = json.dumps(envelope(payload, Src="mallory", Dst=SCADA)).encode()
    person.broker.publish(topic("admin", SCADA, "admin.dispatch"), body, person.clock.now().net_ms)
    person.run(1)
    assert person.path.startswith("HomeAlone.")
    assert person.readback("relay2") == 0
    links = person.scada.parts.links.links
    assert links["gridworks_mqtt"].refusals._counts["unexpected admin.dispatch"] == 1
    assert links["admin"].refusals._counts["stranger"] == 1


def test_a_retained_command_is_discarded_and_alarmed() -> None:
    person = Person()
    for pipe in (link.pipe for link in person.scada.parts.links.links.values()):
        pipe.cut()  # type: ignore[attr-defined]
    person.run(1)
    person.say(dispatch("relay2", "change.relay.state", "OpenRelay"), retain=True)
    for pipe in (link.pipe for link in person.scada.parts.links.links.values()):
        pipe.restore()  # type: ignore[attr-defined]
    person.run(3)
    assert person.path.startswith("HomeAlone.")
    assert person.scada.parts.links.links["admin"].refusals._counts["retained"] == 1
    stored = [e.body for e in person.scada.parts.store._events.values()]  # type: ignore[attr-defined]
    assert any(b"gridworks.event.problem" in body and b"A retained message" in body for body in stored)


def test_the_same_command_again_and_one_from_another_time_are_refused(person: Person) -> None:
    payload = dispatch("relay2", "change.relay.state", "OpenRelay", trigger={"TriggerId": str(uuid.uuid4())})
    person.say(payload)
    person.run(1)
    person.release()
    person.run(3)
    person.say(payload)
    person.run(1)
    assert person.path.startswith("HomeAlone."), "its id is spent"
    old = dispatch("relay2", "change.relay.state", "OpenRelay", trigger={"TriggerId": str(uuid.uuid4())})
    person.clock.step_wall(-3_600_000)
    person.say(old)
    person.clock.step_wall(3_600_000)
    person.run(1)
    assert person.path.startswith("HomeAlone."), "made an hour ago"
    assert person.scada.parts.links.links["admin"].refusals._counts["replay"] == 2


def test_the_local_switch_outranks_him(person: Person) -> None:
    person.scada.state = replace(person.scada.state, local_switch=True)
    person.heard.clear()
    person.move("relay2", "change.relay.state", "OpenRelay")
    person.run(3)
    assert person.readback("relay2") == 0
    assert person.path.startswith("HomeAlone.")
    assert [r.value for r in person.words("single.reading") if r.channel_name == "tstat-common-relay2"] == [0]


def test_what_was_refused_is_shown_at_home_once_and_told_to_the_atn(person: Person) -> None:
    shown: list[tuple[str, str]] = []
    person.scada.listeners.append(lambda event: shown.append((event.kind, event.words)))
    for _ in range(3):
        person.move("relay2", "change.relay.state", "Explode")
        person.run(1)
    refused = [words for kind, words in shown if kind == "refused"]
    assert refused == ["relay2 knows no change.relay.state Explode"]
    assert not person.scada.parts.links.told
