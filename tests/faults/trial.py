"""One whole program on its simulated house, brought to a quiet running state, for a fault to be tried on."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hw.twin.faults import Fault
from layouts.load import load_house
from layouts.settings import Settings
from states.image import Event, Reading
from tests.atn.season import Stage, stage

NIGHT_MS = 1_769_490_000_000
"""2026-01-27 00:00 in Maine: off-peak, the heat pump runs soon."""
MORNING_MS = 1_769_530_000_000
"""11:06 of that day: on-peak, the heat pump rests."""


class Trial:
    """`inject` a fault, `run` house time, look at `active` (fault -> its sentence) and `path`."""

    def __init__(
        self,
        house: str = "orange",
        *,
        start_ms: int = NIGHT_MS,
        warm_s: float = 900,
        tick_ms: int = 1000,
        atn: bool = False,
        settings: Settings | None = None,
    ) -> None:
        site = settings or Settings()
        site = replace(site, limits=replace(site.limits, start_delay_max_s=0))
        self.tick_ms = tick_ms
        self.stage: Stage = stage(load_house(house), site, start_ms, tick_ms, atn=atn)
        self.events: list[Event] = []
        self.stage.program.listeners.append(self.events.append)
        self.house, self.world, self.program = self.stage.house, self.stage.world, self.stage.program
        self.run(warm_s)
        assert not self.active, self.active

    def run(self, seconds: float) -> Trial:
        """Let house time pass; a broken tick fails the test."""
        for _ in range(max(1, round(seconds * 1000 / self.tick_ms))):
            self.stage.step(self.tick_ms)
            assert not self.program.failures.last
        return self

    def until(self, done: Callable[[], bool], within_s: float) -> float:
        """Run until `done`; returns the seconds it took. Fails after `within_s`."""
        for tick in range(round(within_s * 1000 / self.tick_ms) + 1):
            if done():
                return tick * self.tick_ms / 1000
            self.run(self.tick_ms / 1000)
        raise AssertionError(f"not within {within_s} s; active: {self.active}; {self.path}")

    def inject(self, fault: Fault) -> int:
        """Begin a fault of the house."""
        return int(self.world.inject(fault))

    def heal(self) -> None:
        """Everything is repaired."""
        self.world.heal()

    def appears(self, fault: str, says: str, within_s: float) -> float:
        """Until this fault is active; its sentence must hold `says`. Seconds it took."""
        took_s = self.until(lambda: fault in self.active, within_s)
        assert says in self.active[fault]
        return took_s

    def clears(self, within_s: float, *faults: str) -> None:
        """Everything is repaired and these faults (none named: all) end by themselves."""
        self.heal()
        self.until(lambda: not (self.active.keys() & set(faults) if faults else self.active), within_s)

    @property
    def active(self) -> dict[str, str]:
        """Active faults and what they say."""
        return {fault.name: fault.words for fault in self.program.last[1].overview.faults}

    @property
    def path(self) -> str:
        return str(self.program.state.path)

    @property
    def said(self) -> list[str]:
        """Names of all faults that were ever raised."""
        return [event.name for event in self.events if event.kind == "fault"]

    def reading(self, channel: str) -> Reading:
        """The latest reading."""
        found: Reading = self.program.last[0].readings[channel]
        return found

    def control_sees(self, channel: str) -> float | None:
        """What a decision would take this channel for (control's unit)."""
        from states.view import View

        image, decision = self.program.last[0], self.program.last[1]
        state = decision.state
        out = self.program.parts.decider.board if state.doubts.common.since_ms is not None else frozenset()
        lens = self.program.parts.decider.lens
        return View(lens, image, state.derived, state.doubts.held(), out).value(channel)

    def device(self, name: str) -> object:
        """A device as the page shows it; part of its name is enough."""
        return next(d for n, d in self.program.parts.rig.devices().items() if name in n)

    def coil(self, key: str) -> int:
        """What the board really shows for the relay of this key."""
        return int(self.house.relay_by_key[key].index in self.world.relays.coils)

    def coils(self) -> dict[str, int]:
        """Relay node -> what its board really shows."""
        return {relay.node: int(relay.index in self.world.relays.coils) for relay in self.house.relays}

    def outputs(self) -> dict[str, int]:
        """What the program last wanted."""
        return dict(self.program.last[2].outputs)

    def handed_back(self) -> bool:
        return self.path.startswith("Fault")
