"""What the second computer decides: nothing. It measures, and says which of its devices have fallen silent.

It has the shape of `states.decide.Decider`, so that the tick does not ask which of the two it runs.
"""

from __future__ import annotations

from types import MappingProxyType

from msgspec.structs import replace

from layouts.model import House
from layouts.settings import Settings
from states import contract
from states.calendar import Calendar
from states.conditions import Conditions, Ground
from states.decide import params_of
from states.fault_kinds import Lost
from states.faults import Act, Fault, advance
from states.governor import Governed
from states.image import (
    NO_READINGS,
    Decision,
    Event,
    FaultView,
    Image,
    Now,
    Outputs,
    Overview,
    SayGlitch,
    Why,
)
from states.state import State
from states.tables import MONITOR
from states.view import Lens, View

WHY = Why("Second", "this is the second computer: it measures for the primary and commands nothing")
SILENT_S = 60
NOTHING: Outputs = MappingProxyType({})


class Rest:
    """A gate with no actuator behind it."""

    rest: Outputs = NOTHING


def silent_rows(house: House) -> tuple[Fault, ...]:
    """One row for each device of the second computer: nothing it measures is known."""
    channels: dict[str, list[str]] = {}
    for channel in house.channels:
        if channel.captured_by in house.second_nodes:
            channels.setdefault(channel.captured_by, []).append(channel.name)
    return tuple(
        Fault(f"{node}-silent", Lost(tuple(names)), SILENT_S, Act.WARN, f"{node} measures nothing any more")
        for node, names in channels.items()
    )


class Onlooker:
    """The second computer of one house."""

    def __init__(self, house: House, settings: Settings, calendar: Calendar) -> None:
        self.house = house
        self.settings = settings
        self.calendar = calendar
        self.gate = Rest()
        self.lens = Lens(house)
        self.faults = silent_rows(house)
        self.conditions = Conditions(self.faults)

    def first_state(self, now: Now) -> State:
        """The state it starts in and stays in."""
        return State(
            path=MONITOR,
            since_mono_ms=now.mono_ms,
            since_wall_ms=now.wall_ms,
            boot_mono_ms=now.mono_ms,
            why=WHY,
            params=params_of(self.settings),
        )

    def decide(self, image: Image) -> Decision:
        """One tick: judge the devices, wish for nothing."""
        now, state = image.now, image.state
        ground = Ground(View(self.lens, image, NO_READINGS), image, state, frozenset())
        tracks, raised, cleared = advance(
            self.faults, state.faults, self.conditions.holding(ground), now.mono_ms, now.wall_ms
        )
        rows = {row.name: row for row in self.faults}
        words = [("fault", name, rows[name].says) for name in raised]
        words += [("clear", name, f"over: {rows[name].says}") for name in cleared]
        say = tuple(
            SayGlitch(name.removesuffix("-silent"), "Warning", name, rows[name].says) for name in raised
        )
        state = replace(state, faults=tracks)
        events = tuple(Event(kind, name, text, now.mono_ms, now.wall_ms) for kind, name, text in words)
        return Decision(state, NOTHING, self._overview(state, now), events, say)

    def govern(self, decision: Decision) -> Governed:
        """There is nothing to refuse."""
        return Governed(NOTHING, (), decision.state.governor)

    def _overview(self, state: State, now: Now) -> Overview:
        views = tuple(
            FaultView(row.name, row.says, row.act.name, track.active_mono_ms, track.active_wall_ms)
            for row in self.faults
            if (track := state.faults.get(row.name)) is not None and track.active_mono_ms is not None
        )
        return Overview(
            path=state.path,
            since_mono_ms=state.since_mono_ms,
            since_wall_ms=state.since_wall_ms,
            why=WHY,
            machines=MappingProxyType({}),
            tree=MappingProxyType({}),
            claims=MappingProxyType({}),
            derived=NO_READINGS,
            contract=contract.view(state.contract, now),
            faults=views,
            params=state.params,
        )
