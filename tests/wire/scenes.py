"""A small house, a clock to turn by hand, and what a tick hands to the recorder."""

from __future__ import annotations

from collections.abc import Mapping

from layouts.load import load_house
from layouts.model import House
from proto.report import Fresh
from states.image import (
    NO_READINGS,
    ContractView,
    HouseParams,
    Now,
    Overview,
    Readback,
    Readbacks,
    Reading,
    Readings,
    Why,
)
from states.tree import Tree

START_MS = 1_770_001_200_000
"""A multiple of 300 s."""
HOME = "HomeAlone.Normal.HpOnStoreOff"
NO_CONTRACT = ContractView("Idle", None, None, 0.0, None, None, "no contract")


def house() -> House:
    """The small test house."""
    return load_house("orange")


def now(after_s: float = 0.0, *, set_by_s: float = 0.0) -> Now:
    """`after_s` of house time after the start; the wall clock has been set forward by `set_by_s`."""
    ms = round(after_s * 1000)
    return Now(START_MS + ms + round(set_by_s * 1000), 5_000_000 + ms, 5_000_000 + ms)


def good(value: int, at: Now) -> Reading:
    """A good reading made at `at`."""
    return Reading(value, at.mono_ms, at.wall_ms)


class Ids:
    """Random UUIDs, the same in every run."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self) -> str:
        self.given.append(f"00000000-0000-4000-8000-{len(self.given):012x}")
        return self.given[-1]


class Scene:
    """Holds what changes slowly: the path, the tree, the readbacks, the latest readings."""

    def __init__(self) -> None:
        self.house = house()
        self.trees = Tree(self.house)
        self.readings: dict[str, Reading] = {}
        self.readbacks: dict[str, Readback] = {}
        self.derived: Readings = NO_READINGS
        self.params = HouseParams()
        self.go(HOME)

    def go(self, path: str, rule: str = "because") -> None:
        """Take another state."""
        self.path = path
        self.rule = rule
        self.tree: Mapping[str, str] = self.trees.of(path, {})

    def overview(self) -> Overview:
        """What the decision shows."""
        return Overview(
            path=self.path,
            since_mono_ms=0,
            since_wall_ms=START_MS,
            why=Why(self.rule, "words"),
            machines={},
            tree=self.tree,
            claims={},
            derived=self.derived,
            contract=NO_CONTRACT,
            faults=(),
            params=self.params,
        )

    def all_at(self, value: int, at: Now) -> None:
        """Every actuator's board says `value`."""
        for node in self.house.actuators:
            self.readbacks[node] = Readback(value, value, at.mono_ms)

    def hear(self, at: Now, **values: int) -> tuple[tuple[str, Reading], ...]:
        """Fresh samples by channel name with underscores; they also become the latest readings."""
        fresh = tuple((name.replace("_", "-"), good(value, at)) for name, value in values.items())
        self.readings.update(fresh)
        return fresh

    def tick(self, at: Now, fresh: Fresh = ()) -> tuple[Now, Fresh, Readings, Overview, Readbacks]:
        """Arguments of `Recorder.record`."""
        return at, fresh, dict(self.readings), self.overview(), dict(self.readbacks)
