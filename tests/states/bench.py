"""A workbench for decisions: say in plain numbers what the house reads, let time leap, look at the path."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from layouts.load import load_house
from layouts.model import House
from layouts.settings import Settings
from states.calendar import Calendar
from states.decide import Decider, carried
from states.image import (
    Computer,
    Decision,
    Draw,
    Heard,
    Image,
    LinkStatus,
    Now,
    Readback,
    Reading,
    Readings,
    Weather,
)
from states.plausible import Doubts
from states.state import State

ZONE = ZoneInfo("America/New_York")
TUESDAY_NOON_S = 1_769_533_200  # 2026-01-27 12:00 in New York

WARM: dict[str, float | None] = {
    **{f"{tank}-depth{d}-device": 130.0 for tank in ("buffer", "tank1", "tank2", "tank3") for d in (1, 2, 3)},
    "hp-lwt": 110.0,
    "hp-ewt": 105.0,
    "dist-swt": 120.0,
    "dist-rwt": 110.0,
    "store-hot-pipe": 120.0,
    "store-cold-pipe": 110.0,
    "buffer-hot-pipe": 120.0,
    "buffer-cold-pipe": 110.0,
    "hp-odu-pwr": 20.0,
    "hp-idu-pwr": 20.0,
    "primary-flow": 0.0,
    "store-flow": 0.0,
    "dist-flow": 0.0,
    "zone1-main-temp": 68.0,
    "zone1-main-set": 68.0,
}
"""°F, W, gpm; None: silent."""

PUMPS = {"store-flow": "relay9"}
"""Flow -> the relay that makes it."""


class Bench:
    """One house under test. `set(...)` readings, `leap(seconds)` time, look at `path`."""

    def __init__(self, house: str = "orange", wall_s: int = TUESDAY_NOON_S, **changes: Any) -> None:
        self.house: House = load_house(house)
        self.settings = replace(Settings(), **changes)
        self.decider = Decider(self.house, self.settings, Calendar(self.settings.tariff, ZONE))
        self.now = Now(wall_s * 1000, 10_000_000, 500)
        self.values: dict[str, float | None] = dict(WARM)
        self.stamps: dict[str, int] = {}
        self.oat_f = 20.0
        self.state: State = self.decider.first_state(self.now)
        self.board = dict.fromkeys(self.house.actuators, 0)
        self.commanded = dict(self.board)
        self.deaf: set[str] = set()
        self.stuck: dict[str, int] = {}
        self.links: dict[str, LinkStatus] = {}
        self.computer = Computer()
        self.log: list[str] = []
        self.decision: Decision | None = None

    @property
    def path(self) -> str:
        return self.state.path

    def set(self, **values: float | None) -> Bench:
        """Set readings; underscores stand for hyphens (`buffer_depth1_device=90`).

        Water that is put there by hand may leap: the check of plausibility begins anew.
        """
        self.state = replace(self.state, doubts=Doubts())
        for name, value in values.items():
            self.values[name.replace("_", "-")] = value
        return self

    def tank(self, name: str, *layers_f: float | None) -> Bench:
        """Set a tank's depths, top first."""
        self.state = replace(self.state, doubts=Doubts())
        for depth, value in enumerate(layers_f, 1):
            self.values[f"{name}-depth{depth}-device"] = value
        return self

    def store(self, layer_f: float) -> Bench:
        """All store layers at one temperature."""
        for tank in self.house.store_tanks:
            self.tank(tank.name, layer_f, layer_f, layer_f)
        return self

    def readings(self) -> Readings:
        found: dict[str, Reading] = {}
        moves = {name: 4.0 for name, relay in PUMPS.items() if self.board[relay] and not self.values[name]}
        for name, value in {**self.values, **moves}.items():
            channel = self.house.channel_by_name.get(name)
            if channel is None:
                continue
            if value is None:
                continue
            physical = (value - 32) / 1.8 if channel.unit == "°C" else value
            jitter = self.now.mono_ms // 100 % 3 if channel.unit == "°C" else 0
            if name in self.stuck:
                raw = self.stuck[name]
            else:
                raw = round(physical / channel.scale) + jitter
            found[name] = Reading(raw, self.now.mono_ms, self.now.wall_ms)
        return found

    def image(self, heard: tuple[Heard, ...] = ()) -> Image:
        backs = {
            n: Readback(self.commanded[n], None if n in self.deaf else v, self.now.mono_ms)
            for n, v in self.board.items()
        }
        hour_s = self.now.wall_ms // 3_600_000 * 3600
        weather = Weather("bench", self.now.wall_ms, hour_s, (self.oat_f,) * 49, (0.0,) * 49, str(hour_s))
        seen = (self.now, self.readings(), backs, heard, weather, self.links, Draw(0, 5), self.state)
        return Image(*seen, self.computer)

    def tick(self, *heard: Heard) -> Decision:
        """One tick, 100 ms after the last; an ideal relay board takes what the governor gives."""
        self._pass(100)
        return self._tick(heard)

    def _pass(self, ms: int) -> None:
        now = self.now
        self.now = Now(now.wall_ms + ms, now.mono_ms + ms, now.net_ms + ms, now.synced)

    def _tick(self, heard: tuple[Heard, ...] = ()) -> Decision:
        decision = self.decider.decide(self.image(heard))
        governed = self.decider.govern(decision)
        self.state = carried(decision, governed)
        self.commanded = dict(governed.outputs)
        self.board.update({n: v for n, v in governed.outputs.items() if n not in self.deaf})
        for event in decision.events:
            self.log.append(f"{event.kind} {event.name} {event.after}".strip())
        self.decision = decision
        return decision

    def leap(self, seconds: float, step_s: float = 1.0) -> Bench:
        """Let time pass in ticks of `step_s`."""
        for _ in range(round(seconds / step_s)):
            self._pass(round(step_s * 1000))
            self._tick()
        return self

    def at(self, path: str, for_s: float = 3600) -> Bench:
        """Put the machine into a state it has been in for a while."""
        since = self.now.mono_ms - round(for_s * 1000)
        self.state = replace(self.state, path=path, since_mono_ms=since)
        return self
