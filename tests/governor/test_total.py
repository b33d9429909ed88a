"""The gate is pure and total: whatever it is told or shown, it answers, legally, and touches nothing."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

import pytest

from layouts.settings import HeatPump, Limits
from states import governor
from states.image import Readback
from tests.governor.drive import house, wish

VALUES: tuple[Any, ...] = (
    0, 1, 2, -1, 50, 100, 101, 10**30, -(10**30), True, False, 0.0, 1.0, 0.5, 1e308,
    float("nan"), float("inf"), float("-inf"), None, "1", b"1", (), (1,), 1j,
)  # fmt: skip
NAMES: tuple[Any, ...] = ("relay99", "relay", "", "RELAY5", "relay5 ", "hp-scada-ops", 5, None, ("relay5",))
READINGS: tuple[Any, ...] = (None, 0.0, -0.0, -300.0, 45.0, 88.1, 90.1, 1e308, *VALUES[15:18], 3, -(10**30))
POSITIONS: tuple[Any, ...] = (0, 0, 1, 1, None, 2, -1, 7, 0.5, float("nan"), "1")
GATES = [governor.compile_gate(house(boiler), Limits(), HeatPump()) for boiler in (True, False)]


def _wish(rng: Random) -> dict[Any, Any]:
    asked: dict[Any, Any] = dict(wish())
    for node in list(asked):
        if rng.random() < 0.3:
            asked[node] = rng.choice(VALUES)
        elif rng.random() < 0.2:
            del asked[node]
    asked.update({rng.choice(NAMES): rng.choice(VALUES) for _ in range(rng.randrange(4))})
    return rng.choices((asked, wish(), {}), (0.9, 0.05, 0.05))[0]  # nothing goes out before a whole one


def _seen(rng: Random, t: int, sane: bool) -> governor.Seen:
    readings = ("lwt_c", "ewt_c", "hottest_water_c", "coldest_water_c", "oat_c", "coldest_room_f")
    looks = {name: rng.choice(READINGS) for name in (*readings, "primary_gpm", "hp_w")}
    shown = POSITIONS[:5] if sane else POSITIONS
    nodes = [*(f"relay{i}" for i in range(1, 25)), "dist-010v", "relay99"]
    readbacks = {n: Readback(0, rng.choice(shown), t) for n in nodes if rng.random() < 0.9}
    flags = [rng.random() < 0.1 for _ in range(3)]
    return governor.Seen(
        mono_ms=t,
        readbacks=readbacks,
        start_delay_ms=rng.choice((0, 214_000, -(10**12), 10**12)),
        exempt=governor.Exempt(*flags),
        **looks,
    )


@pytest.mark.parametrize("seed", range(8))
def test_garbage_is_answered_with_a_legal_value_for_every_actuator(seed: int) -> None:
    rng = Random(seed)
    gate = GATES[seed % 2]
    memory, t = governor.GovernorMemory(), 0
    for _ in range(500):
        t += rng.choice((0, 100, 1_000, 10_000, 3_600_000))
        out = governor.govern(_wish(rng), _seen(rng, t, sane=seed < 4), memory, gate)
        assert set(out.outputs) == set(gate.legal)
        for node, value in out.outputs.items():
            assert type(value) is int, f"seed {seed}: {node} is {value!r}"
            assert value in gate.legal[node], f"seed {seed}: {node} is {value!r}"
        assert all(isinstance(veto.words, str) for veto in out.vetoes)
        memory = out.memory if rng.random() < 0.99 else governor.GovernorMemory()


def test_the_same_question_has_the_same_answer_and_nothing_is_touched() -> None:
    rng = Random(1)
    memory, t = governor.GovernorMemory(), 0
    for _ in range(300):
        t += rng.choice((100, 1_000, 10_000))
        question = (dict(wish()) if rng.random() < 0.5 else _wish(rng), _seen(rng, t, sane=True), memory)
        before = repr(deepcopy(question))
        first, second = (governor.govern(*question, GATES[0]) for _ in range(2))
        assert repr(question) == before
        assert repr((dict(first.outputs), first.vetoes, first.memory)) == repr(
            (dict(second.outputs), second.vetoes, second.memory)
        )
        memory = first.memory
