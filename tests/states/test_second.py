"""The second computer decides nothing, and the primary has a fault row for its silence."""

from __future__ import annotations

from types import MappingProxyType

from layouts.load import load_house
from layouts.settings import Settings
from states.calendar import Calendar
from states.decide import carried
from states.fault_table import fault_table
from states.faults import Act
from states.image import Draw, HeardAdmin, Image, LinkStatus, Now, Reading, SayGlitch
from states.second import Onlooker, silent_rows
from tests.annex import NODES, annex
from tests.states.bench import ZONE, Bench

HOUSE = annex()


class Watch:
    """A second computer, tick by tick."""

    def __init__(self) -> None:
        self.onlooker = Onlooker(HOUSE, Settings(), Calendar(Settings().tariff, ZONE))
        self.now = Now(1_770_000_000_000, 1_000_000, 0)
        self.state = self.onlooker.first_state(self.now)
        self.readings: dict[str, Reading] = {}
        self.told: list[tuple[str, str]] = []
        self.lines: list[tuple[str, str]] = []

    def hear(self, *nodes: str) -> None:
        """Every channel of these nodes has a good reading now."""
        for channel in HOUSE.channels:
            if channel.captured_by in nodes:
                self.readings[channel.name] = Reading(1, self.now.mono_ms, self.now.wall_ms)

    def leap(self, seconds: int, *alive: str) -> None:
        """Time passes; nodes in `alive` go on reading."""
        for _ in range(seconds):
            self.now = Now(self.now.wall_ms + 1000, self.now.mono_ms + 1000, 0)
            self.hear(*alive)
            readings, heard = (
                MappingProxyType(dict(self.readings)),
                (HeardAdmin("admin", "admin", "relay6", 1, 60),),
            )
            image = Image(self.now, readings, {}, heard, None, {}, Draw(0, 0), self.state)
            decision = self.onlooker.decide(image)
            governed = self.onlooker.govern(decision)
            assert dict(decision.wish) == dict(governed.outputs) == {}
            assert governed.vetoes == ()
            self.state = carried(decision, governed)
            assert self.state.path == "Dormant.Monitor"
            assert self.state.admin is None, "it obeys nobody"
            self.told += [(s.node, s.summary) for s in decision.say if isinstance(s, SayGlitch)]
            self.lines += [(event.kind, event.name) for event in decision.events]
            self.faults = {fault.name for fault in decision.overview.faults}


def test_a_device_that_measures_nothing_any_more_is_told_once_and_again_when_it_is_back() -> None:
    watch = Watch()
    watch.leap(120, *NODES)
    assert watch.told == []
    watch.leap(100, *(NODES - {"power-meter"}))
    assert watch.told == [("power-meter", "power-meter-silent")]
    assert watch.faults == {"power-meter-silent"}
    watch.leap(20, *NODES)
    assert watch.faults == set()
    assert watch.lines == [("fault", "power-meter-silent"), ("clear", "power-meter-silent")]


def test_every_device_has_a_row_over_all_it_measures() -> None:
    rows = {row.name: row for row in silent_rows(HOUSE)}
    assert set(rows) == {f"{node}-silent" for node in NODES if node != "hubitat"}, (
        "the hub's are the thermostats'"
    )
    assert set(rows["power-meter-silent"].when.channels) == {  # type: ignore[union-attr]
        c.name for c in HOUSE.channels if c.captured_by == "power-meter"
    }
    assert all(row.act is Act.WARN for row in rows.values())


def test_only_a_house_with_a_second_computer_has_a_row_for_its_silence() -> None:
    names = [row.name for row in fault_table(HOUSE, Settings())]
    assert names.count("second-silent") == 1
    assert "second-silent" not in [row.name for row in fault_table(load_house("orange"), Settings())]


def test_its_silence_is_a_fault_after_two_minutes_and_over_when_it_speaks() -> None:
    (row,) = (row for row in fault_table(HOUSE, Settings()) if row.name == "second-silent")
    bench = Bench()
    bench.decider.faults = (*bench.decider.faults, row)
    bench.decider.fault_by_name[row.name] = row
    bench.decider.conditions = type(bench.decider.conditions)(bench.decider.faults)

    def link(state: str) -> None:
        bench.links = {"local_mqtt": LinkStatus("local_mqtt", state, 0)}

    def active() -> bool:
        assert bench.decision is not None
        return "second-silent" in {fault.name for fault in bench.decision.overview.faults}

    for state in ("connecting", "awaiting_setup_and_peer", "awaiting_setup", "awaiting_peer"):
        link(state)
        bench.leap(119)
        assert not active()
        bench.leap(2)
        assert active(), state
        link("active")
        bench.leap(12)
        assert not active()
