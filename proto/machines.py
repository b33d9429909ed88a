"""Where every machine stands and how it got there: the strategy's machines and one per relay."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from layouts.model import House, Relay
from proto.wire.readings import FsmAtomicReport, FsmFullReport, MachineStates, SingleMachineState

MAX_STATES = 300
"""States kept per machine and slot; of more the newest half stays, and that is counted."""


class Standing(Struct, frozen=True, gc=False):
    """One machine under its present handle, in its present state."""

    handle: str
    enum: str
    state: str
    since_ms: int
    cause: str | None = None


class Machines:
    """The present state of each machine by a key of ours, and the slot's history by handle."""

    def __init__(self) -> None:
        """Nobody has said anything."""
        self._now: dict[str, Standing] = {}
        self._slot: dict[tuple[str, str], tuple[list[str], list[int]]] = {}
        self.dropped = 0

    def stands(self, key: str, handle: str, enum: str, state: str, wall_ms: int, cause: str = "") -> bool:
        """A machine is in `state` under `handle`; True if that is news."""
        old = self._now.get(key)
        if old is not None and old.state == state and old.handle == handle:
            return False
        since_ms = wall_ms if old is None or old.state != state else old.since_ms
        self._now[key] = Standing(handle, enum, state, since_ms, cause or None)
        self._append(handle, enum, state, wall_ms)
        return True

    def lost(self, key: str) -> None:
        """Nobody knows any more where the machine stands."""
        self._now.pop(key, None)

    def _append(self, handle: str, enum: str, state: str, wall_ms: int) -> None:
        """The handle that spoke last stands last: an ATN takes the last entry of a relay as its state."""
        key = (handle, enum)
        states, times = self._slot.pop(key, ([], []))
        if len(states) >= MAX_STATES:
            half = len(states) // 2
            self.dropped += half
            del states[:half], times[:half]
        states.append(state)
        times.append(max(wall_ms, times[-1]) if times else wall_ms)
        self._slot[key] = (states, times)

    def present(self) -> tuple[SingleMachineState, ...]:
        """For a snapshot."""
        return tuple(
            SingleMachineState(
                machine_handle=m.handle, state_enum=m.enum, state=m.state, unix_ms=m.since_ms, cause=m.cause
            )
            for m in self._now.values()
        )

    def cut(self, next_start_ms: int) -> tuple[MachineStates, ...]:
        """The slot's states, none of them empty; the next slot begins with where everything stands."""
        found = tuple(
            MachineStates(
                machine_handle=handle, state_enum=enum, state_list=tuple(states), unix_ms_list=tuple(times)
            )
            for (handle, enum), (states, times) in self._slot.items()
        )
        for key, m in self._now.items():
            if m.since_ms > next_start_ms:  # the wall clock was set back
                self._now[key] = replace(m, since_ms=next_start_ms)
        self._slot = {(m.handle, m.enum): ([m.state], [next_start_ms]) for m in self._now.values()}
        return found


def relay_report(
    house: House, relay: Relay, handle: str, coil: int, wall_ms: int, trigger_id: str
) -> FsmFullReport:
    """What one move of a relay set in motion: the relay's machine, its pin, and the board's action."""
    kind = relay.kind
    states = (kind.rest_state, kind.active_state)
    pins = ("DeEnergized", "Energized")
    event = FsmAtomicReport(
        machine_handle=handle,
        state_enum=kind.state_type,
        report_type="Event",
        event_enum=kind.event_type,
        event=kind.active_event if coil else kind.rest_event,
        from_state=states[1 - coil],
        to_state=states[coil],
        unix_time_ms=wall_ms,
        trigger_id=trigger_id,
    )
    pin = FsmAtomicReport(
        machine_handle=handle,
        state_enum="relay.pin",
        report_type="Event",
        event="Energize" if coil else "DeEnergize",
        from_state=pins[1 - coil],
        to_state=pins[coil],
        unix_time_ms=wall_ms,
        trigger_id=trigger_id,
        event_type="change.relay.pin",
    )
    board = FsmAtomicReport(
        machine_handle=house.channel_by_name[relay.channel].captured_by,
        state_enum="relay.pin",
        report_type="Action",
        action_type="RelayPinSet",
        action=coil,
        unix_time_ms=wall_ms,
        trigger_id=trigger_id,
    )
    return FsmFullReport(from_name=relay.node, trigger_id=trigger_id, atomic_list=(event, pin, board))
