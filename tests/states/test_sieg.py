"""The Siegenthaler loop: where its valve stands by reckoning, and where it is wanted."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from states import sieg
from states.sieg import HOLD, KEEP_MORE, SEND, Seen, Sieg


class Loop:
    """The loop with relays that obey and a valve that moves: 0 s is full send, 96 s the real stop."""

    def __init__(self, valve_s: float = 50.0, tick_s: float = 1.0) -> None:
        self.sieg = Sieg()
        self.valve_s, self.tick_s, self.s = valve_s, tick_s, 0.0
        self.seen = Seen(
            called=False, running=False, lwt_f=90.0, ewt_f=88.0, hot_f=130.0, motor=0, direction=0
        )
        self.moves: list[str] = []

    def run(self, seconds: float, **seen: Any) -> str:
        self.seen = replace(self.seen, **seen)
        for _ in range(round(seconds / self.tick_s)):
            self.s += self.tick_s
            if self.seen.motor == 0 and self.s > self.tick_s:
                self.valve_s += self.tick_s if self.seen.direction else -self.tick_s
                self.valve_s = min(96.0, max(0.0, self.valve_s))
            self.sieg = sieg.step(self.sieg, int(self.s * 1000), self.seen)
            word = sieg.effect(self.sieg)
            self.moves.append(word)
            if self.seen.motor is not None:
                motor, direction = {HOLD: (1, 0), SEND: (0, 0), KEEP_MORE: (0, 1)}[word]
                self.seen = replace(self.seen, motor=motor, direction=direction)
        return self.sieg.state


@pytest.mark.parametrize("tick_s", [0.1, 1.0, 10.0])
def test_off_keeps_and_finds_the_end_from_an_unknown_place(tick_s: float) -> None:
    loop = Loop(50.0, tick_s)
    assert loop.run(130) == "HpOff"
    assert loop.valve_s == 96.0
    assert loop.sieg.keep_ms == 100_000
    assert loop.moves[-1] == HOLD


def test_a_start_keeps_just_so_much_and_sends_when_the_water_is_hot() -> None:
    loop = Loop()
    loop.run(130)
    assert loop.run(40, called=True, running=False) == "HpStartingUp"
    assert loop.sieg.keep_ms is not None
    assert abs(loop.sieg.keep_ms - 82_000) <= 1_000
    assert 78.0 <= loop.valve_s <= 84.0
    assert loop.run(60, running=True, lwt_f=125.0) == "HpStartingUp"
    assert loop.run(1, lwt_f=131.0) == "HpHasLift"
    loop.run(115)
    assert (loop.valve_s, loop.moves[-1]) == (0.0, HOLD)
    assert loop.run(10, lwt_f=100.0) == "HpHasLift", "a defrost does not close the valve"


@pytest.mark.parametrize("lost", ["running", "lwt_f", "ewt_f"])
def test_blind_sends(lost: str) -> None:
    loop = Loop()
    loop.run(130)
    assert loop.run(1, **{lost: None}) == "Blind"
    loop.run(115)
    assert (loop.valve_s, loop.moves[-1]) == (0.0, HOLD)


def test_a_heat_pump_that_runs_on_does_not_move_the_valve_for_five_minutes() -> None:
    loop = Loop()
    loop.run(130)
    loop.run(200, called=True, running=True, lwt_f=140.0)
    loop.moves.clear()
    assert loop.run(150, called=False) == "HpHasLift"
    assert set(loop.moves) == {HOLD}
    assert loop.run(151) == "Blind"
    assert loop.run(1, running=False) == "HpOff"


def test_a_place_nobody_saw_is_not_believed() -> None:
    loop = Loop()
    loop.run(130)
    loop.run(3, motor=None, direction=None)
    assert loop.sieg.keep_ms is None
    loop.run(1, motor=1, direction=0)
    assert loop.run(120) == "HpOff"
    assert loop.sieg.keep_ms == 100_000


def test_what_the_relays_did_without_us_is_reckoned_too() -> None:
    """Handed back, the relays rest: the motor drives to send, and the reckoning follows."""
    loop = Loop()
    loop.run(130)
    before = loop.sieg
    after = sieg.step(before, int(loop.s * 1000) + 30_000, replace(loop.seen, motor=0, direction=0))
    assert (before.keep_ms, after.keep_ms) == (100_000, 70_000)
