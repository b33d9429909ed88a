"""A simulated house on a clock that jumps, with the installer's commands before it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from hw.clock import VirtualClock
from hw.field import Field, desk_settings
from hw.field_command import hw_command
from hw.ports import Ports
from hw.service_machine import Machine
from hw.twin.ports import twin_ports
from hw.twin.world import SensorNoise, World
from layouts.command_line import parse
from layouts.load import load_house
from layouts.model import House
from layouts.settings import Settings
from layouts.terminal import Terminal
from tests.twin.house import START_WALL_MS

QUIET = SensorNoise(pipe_v=0.0, tank_uv=0.0, power_part=0.0)


class Typist(io.StringIO):
    """A person at a terminal who types these answers; `at` is called before the answer of that number."""

    def __init__(self, *answers: str, at: dict[int, Callable[[], None]] | None = None) -> None:
        super().__init__("".join(f"{answer}\n" for answer in answers))
        self.asked = 0
        self._at = at or {}

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        self.asked += 1
        self._at.get(self.asked, lambda: None)()
        return super().readline(-1 if size is None else size)


class Desk:
    """The twin of a house and a field over it; `shown` is what was printed."""

    def __init__(
        self, house: str = "orange", *, said: House | None = None, tank_start_f: float = 150.0
    ) -> None:
        """`said`: what the layout claims, where that is not what the house is."""
        base = Settings()
        twin = replace(base.twin, tank_start_f=tank_start_f)
        self.settings = desk_settings(replace(base, twin=twin, site=replace(base.site, layout=house)))
        self.house = load_house(house)
        self.clock = VirtualClock(START_WALL_MS, 50_000)
        self.ports: Ports = twin_ports(self.house, self.settings, self.clock, noise=QUIET)
        self.field = Field(said or self.house, self.settings, self.clock, self.ports)
        self.out, self.err = io.StringIO(), io.StringIO()

    @property
    def world(self) -> World:
        world: World = self.ports.world
        return world

    def terminal(self, into: io.StringIO | None = None) -> Terminal:
        return Terminal(into or io.StringIO(), self.out, self.err)

    @property
    def shown(self) -> str:
        return self.out.getvalue()

    @property
    def complaints(self) -> str:
        return self.err.getvalue()

    def coils(self) -> frozenset[int]:
        """Relays energised now, by number."""
        trace = self.world.i2c.trace
        return trace[-1].after if trace else frozenset()

    def pulses(self) -> list[int]:
        """Relays that were switched on, in order."""
        return [index for change in self.world.i2c.trace for index in sorted(change.after - change.before)]


def command(
    folder: Path,
    *words: str,
    config: str = "",
    into: io.StringIO | None = None,
    machine: Machine | None = None,
    ports: Callable[[House, Settings, VirtualClock], Ports] | None = None,
) -> tuple[int, str, str]:
    """The whole command: exit code, what was printed, what was complained about."""
    file = folder / "config.toml"
    file.write_text(config or '[site]\nlayout = "orange"\n[hardware]\nbus = "twin"\n', encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    args = parse(["hw", *words, "--config", str(file)])
    terminal = Terminal(into or io.StringIO(), out, err)
    clock = VirtualClock(START_WALL_MS, 50_000)

    def opener(house: House, settings: Settings, _: object) -> Ports:
        return (ports or twin_ports)(house, settings, clock)

    code = hw_command(args, opener, terminal, clock, machine or Machine(folder))
    return code, out.getvalue(), err.getvalue()
