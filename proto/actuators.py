"""Watches where the boards say the actuators are; a move is told at once and stands in the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from layouts.model import House, Relay
from proto.machines import Machines, relay_report
from proto.wire.readings import FsmFullReport
from states.image import Now, Readbacks, Reading

MAX_MOVES_PER_SLOT = 200
MAX_CHANGES = 200
EXPECTED_WITHIN_MS = 2_000


class Change(Struct, frozen=True):
    """An actuator moved, as its board confirms: coil 0/1 or volts x 10, under its present boss."""

    node: str
    channel: str
    value: int
    wall_ms: int
    boss: str
    report: FsmFullReport | None = None
    """What a relay's move set in motion; None for a 0-10 V output."""


class _Actuator:
    __slots__ = ("boss", "channel", "known", "node", "relay", "value")

    def __init__(self, node: str, channel: str, relay: Relay | None) -> None:
        self.node = node
        self.channel = channel
        self.relay = relay
        self.value: int | None = None
        self.known: int | None = None
        self.boss = ""


class Actuators:
    """Every relay and 0-10 V output, as read back."""

    def __init__(self, house: House, machines: Machines, new_id: Callable[[], str]) -> None:
        """Nobody knows where they are yet."""
        self._house = house
        self._machines = machines
        self._new_id = new_id
        self._all = tuple(
            [_Actuator(r.node, r.channel, r) for r in house.relays]
            + [_Actuator(z.node, z.node, None) for z in house.zero_tens]
        )
        self._node_of = {a.channel: a.node for a in self._all}
        self._readbacks: Readbacks = {}
        self._tree: Mapping[str, str] | None = None
        self._moves: list[FsmFullReport] = []
        self._changes: list[Change] = []
        self.moved = False
        """Something moved since whoever looks at this reset it."""
        self.dropped = 0
        self._expected: dict[str, tuple[str, int]] = {}

    def look(self, now: Now, readbacks: Readbacks, tree: Mapping[str, str]) -> None:
        """One tick's readbacks under the present command tree."""
        new_tree = tree is not self._tree and tree != self._tree
        self._readbacks, self._tree = readbacks, tree
        for actuator in self._all:
            readback = readbacks.get(actuator.node)
            value = None if readback is None else readback.value
            if value != actuator.value or new_tree:
                actuator.boss = tree.get(actuator.node, actuator.boss)
                self._stand(now, actuator, value)
        if self._expected:
            self._give_up(now)

    def _stand(self, now: Now, actuator: _Actuator, value: int | None) -> None:
        """It moved, was lost, came back, or has a new boss."""
        actuator.value = value
        if value is None:
            self._machines.lost(actuator.node)
            return
        relay = actuator.relay
        if relay is not None:
            kind = relay.kind
            state = kind.active_state if value else kind.rest_state
            handle = f"{actuator.boss}.{actuator.node}"
            self._machines.stands(actuator.node, handle, kind.state_type, state, now.wall_ms)
        before, actuator.known = actuator.known, value
        if before is not None and before != value:
            self._note_move(now, actuator, value)

    def _note_move(self, now: Now, actuator: _Actuator, value: int) -> None:
        self.moved = True
        trigger = self._expected.pop(actuator.node, ("", 0))[0] or self._new_id()
        report = None
        if actuator.relay is not None:
            handle = f"{actuator.boss}.{actuator.node}"
            report = relay_report(self._house, actuator.relay, handle, value, now.wall_ms, trigger)
            if len(self._moves) < MAX_MOVES_PER_SLOT:
                self._moves.append(report)
            else:
                self.dropped += 1
        self._tell(now, actuator, value, report)

    def _tell(self, now: Now, actuator: _Actuator, value: int, report: FsmFullReport | None) -> None:
        if len(self._changes) < MAX_CHANGES:
            change = Change(actuator.node, actuator.channel, value, now.wall_ms, actuator.boss, report)
            self._changes.append(change)
        else:
            self.dropped += 1

    def expect(self, now: Now, node: str, trigger_id: str = "") -> None:
        """A command with this id is about to move `node`; without an id one was refused: it moves nothing."""
        if trigger_id or node not in self._expected:
            self._expected[node] = (trigger_id, now.mono_ms + EXPECTED_WITHIN_MS)

    def _give_up(self, now: Now) -> None:
        """A command that moved nothing is answered with where the actuator stands."""
        for actuator in self._all:
            if now.mono_ms < self._expected.get(actuator.node, ("", now.mono_ms + 1))[1]:
                continue
            del self._expected[actuator.node]
            if actuator.value is not None:
                self._tell(now, actuator, actuator.value, None)

    def reading(self, now: Now, channel: str) -> Reading | None:
        """Where the actuator of a channel stands by its last readback; None: no such actuator, or unknown."""
        readback = self._readbacks.get(self._node_of.get(channel, ""))
        if readback is None or readback.value is None:
            return None
        return Reading(readback.value, readback.mono_ms, now.wall_ms - (now.mono_ms - readback.mono_ms))

    def changes(self) -> tuple[Change, ...]:
        """What moved since the last call, oldest first."""
        if not self._changes:
            return ()
        found, self._changes = tuple(self._changes), []
        return found

    def cut(self) -> tuple[FsmFullReport, ...]:
        """The slot's moves; the next slot begins without any."""
        found, self._moves = tuple(self._moves), []
        return found
