"""F701 to F709: relay and output boards go wrong under the whole program; the truth is on the bus trace."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hw.twin.faults import BrownOut, Bus, BusFault, ContactFault, DeadPart, Part, PinFault
from hw.walk import walk
from layouts.load import FOLDER, load_house
from layouts.mistakes import LayoutMistakes
from states.image import HeardAdmin
from tests.commissioning.desk import Desk
from tests.faults.trial import MORNING_MS, Trial


def test_f701_a_board_that_does_not_acknowledge_is_retried_and_then_unknown() -> None:
    trial = Trial(warm_s=60)
    board = trial.house.relay_boards[0]
    retries = trial.program.parts.rig.wire.retries
    trial.inject(BusFault(Bus.NACK, board))
    trial.run(1)
    assert trial.program.parts.rig.wire.retries - retries == 2
    assert trial.program.readbacks["relay5"].value is None
    trial.appears("relay-board-1-silent", "where its relays stand is unknown", 8)
    assert trial.handed_back()
    trial.clears(60, "relay-board-1-silent")
    trial.until(lambda: not trial.handed_back(), 30)
    trial.run(5)
    assert trial.coils() == {r.node: trial.outputs()[r.node] for r in trial.house.relays}


def test_f702_a_stuck_pin_is_told_again_then_a_fault_and_telemetry_is_the_readback() -> None:
    trial = Trial(start_ms=MORNING_MS, warm_s=400)
    relay = trial.house.relay_by_key["hp-failsafe"]
    assert trial.coil("hp-failsafe") == 1
    mismatches = trial.program.parts.rig.counters["relay_mismatches"]
    trial.inject(PinFault(relay.index, low=False))
    trial.run(1)
    back = trial.program.readbacks[relay.node]
    assert (back.commanded, back.value) == (1, 0)
    trial.run(1)
    channel = next(c.name for c in trial.house.channels if c.about == relay.node)
    assert trial.reading(channel).value == 0, "telemetry is the readback"
    took_s = trial.appears("relay-disobeys", "A relay of the heat path does not obey", 8)
    assert took_s <= 3, "three seconds after it was seen first"
    assert trial.program.parts.rig.counters["relay_mismatches"] > mismatches
    assert trial.handed_back()
    trial.clears(930, "relay-disobeys")
    trial.until(lambda: not trial.handed_back(), 60)


def test_f702_a_relay_that_obeys_at_rest_only_is_tried_so_seldom_that_nothing_chatters() -> None:
    """Handed back, nothing disobeys any more: each try moves the others, and F708 allows 200 moves a day."""
    trial = Trial(start_ms=MORNING_MS, warm_s=400)
    trial.inject(PinFault(trial.house.relay_by_key["hp-failsafe"].index, low=False))
    trial.appears("relay-disobeys", "A relay of the heat path does not obey", 8)
    moves: Counter[str] = Counter()
    before = trial.coils()
    for _ in range(7200):
        trial.run(1)
        now = trial.coils()
        moves.update(node for node in now if now[node] != before[node])
        before = now
    assert max(moves.values()) <= 200 / 12
    assert moves["relay8"] >= 2, "it is tried again"


def test_f702_a_relay_beside_the_heat_path_ends_contracts_only() -> None:
    trial = Trial(warm_s=60)
    trial.inject(PinFault(trial.house.relay_by_key["tstat-common"].index, low=True))
    trial.appears("relay-minor-disobeys", "A relay does not obey", 8)
    assert trial.path.startswith("HomeAlone")
    trial.clears(90)


@pytest.mark.parametrize("tick_ms", [100, 500, 1000])
def test_f702_another_program_that_writes_to_the_board_again_and_again_is_a_fault(tick_ms: int) -> None:
    """Every second tick looks right: what we wrote stands, until the other writes again."""
    trial = Trial(start_ms=MORNING_MS, warm_s=400, tick_ms=tick_ms)
    assert trial.coil("hp-failsafe") == 1
    board = trial.house.relay_boards[0]

    def fought_over() -> bool:
        trial.world.i2c.write(board, b"\xff\xff")
        return "relay-disobeys" in trial.active

    took_s = trial.until(fought_over, 12)
    assert took_s >= 3
    assert trial.handed_back()
    trial.clears(930, "relay-disobeys")
    trial.until(lambda: not trial.handed_back(), 60)


def test_f703_a_heat_pump_that_cannot_be_stopped_keeps_its_pump_and_ends_contracts() -> None:
    trial = Trial(warm_s=1800, tick_ms=2000)
    assert trial.world.truth().heat_pump == "running"
    trial.inject(ContactFault(trial.house.relay_by_key["hp-scada-ops"].index, energised=False))
    trial.until(lambda: trial.coil("hp-scada-ops") == 1, 12 * 3600)
    took_s = trial.appears("hp-does-not-stop", "a relay is welded, or something else calls it", 400)
    assert took_s >= 110
    trial.run(30)
    assert (trial.coil("primary-pump-failsafe"), trial.coil("primary-pump-scada-ops")) == (1, 1)
    assert trial.world.truth().flows_gpm["primary-flow"] > 1
    acts = {f.name: f.act for f in trial.program.last[1].overview.faults}
    assert acts["hp-does-not-stop"] == "NO_CONTRACT"
    trial.clears(900, "hp-does-not-stop")


def test_f703_a_coil_that_does_nothing_shows_in_the_flow() -> None:
    trial = Trial(start_ms=MORNING_MS, warm_s=60, tick_ms=2000)
    trial.inject(DeadPart(Part.STORE_PUMP))
    hold = HeardAdmin("admin", "admin", trial.house.relay_by_key["store-pump-failsafe"].node, 1, 3600)
    tell(trial, hold)
    trial.appears("store-pump-dead", "told to run and no water moves", 400)
    trial.clears(900, "store-pump-dead")


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("house", ["orange", "beech", "maple"])
def test_f704_a_brown_out_is_seen_in_a_tick_and_mended_through_the_gate(house: str, number: int) -> None:
    trial = Trial(house, start_ms=MORNING_MS, warm_s=400)
    on_it = [r for r in trial.house.relays if (r.index - 1) // 16 == number]
    if not any(trial.coils()[r.node] for r in on_it):
        tell(trial, *(HeardAdmin("admin", "admin", r.node, 1, 3600) for r in on_it[:2]))
        trial.run(30)
    before = trial.coils()
    up = [r.node for r in on_it if before[r.node]]
    assert up
    trial.world.i2c.trace.clear()
    trial.inject(BrownOut(trial.house.relay_boards[number]))
    assert not any(trial.coils()[node] for node in up)
    alone = trial.program.parts.rig.counters["relay_moved_alone"]
    trial.run(1)
    assert trial.program.parts.rig.counters["relay_moved_alone"] == alone + 1, "noticed in the next tick"
    backs = trial.program.readbacks
    assert {backs[node].value for node in up} == {0}, "nothing was written blindly in the tick that saw it"
    trial.until(lambda: trial.coils() == before, 60)
    fallen, *raised = trial.world.i2c.trace
    assert not fallen.after & {r.index for r in on_it}
    motor = motor_of(trial)
    assert all(change.before <= change.after | motor for change in raised), "up in order, none pulsed"
    assert raised[0].mono_ms - fallen.mono_ms >= 1_000
    assert not trial.handed_back()


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("house", ["orange", "beech", "maple"])
def test_f705_one_board_dead_hands_the_house_back(house: str, number: int) -> None:
    trial = Trial(house, start_ms=MORNING_MS, warm_s=400)
    trial.inject(BusFault(Bus.NACK, trial.house.relay_boards[number]))
    trial.appears(f"relay-board-{number + 1}-silent", "does not answer", 8)
    trial.run(2)
    assert trial.handed_back()
    on_other = [r for r in trial.house.relays if (r.index - 1) // 16 != number]
    assert not any(trial.coils()[r.node] for r in on_other), "the board that lives is at rest"
    trial.clears(60)
    trial.until(lambda: not trial.handed_back(), 60)


def test_f706_a_lost_output_board_ends_contracts_and_its_pumps_go_on_as_stored() -> None:
    trial = Trial(warm_s=120)
    volts = dict(trial.world.outputs.volts)
    for board in trial.house.dac_boards:
        trial.inject(BusFault(Bus.NACK, board))
        trial.inject(BrownOut(board))
    trial.appears("outputs-silent", "The 0-10 V board does not answer", 65)
    assert trial.program.readbacks["dist-010v"].value is None
    assert trial.path.startswith("HomeAlone")
    acts = {f.name: f.act for f in trial.program.last[1].overview.faults}
    assert acts["outputs-silent"] == "NO_CONTRACT"
    assert trial.world.outputs.volts == pytest.approx(volts, abs=0.05), "what the installer stored"
    trial.clears(400)
    assert trial.program.readbacks["dist-010v"].value is not None


@pytest.mark.parametrize("house", ["orange", "beech", "maple"])
def test_f707_no_relay_is_energised_before_the_first_evaluated_tick_and_none_pulses(house: str) -> None:
    trial = Trial(house, start_ms=MORNING_MS, warm_s=1)
    trial.run(240)
    rises = Counter(i for change in trial.world.i2c.trace for i in change.after - change.before)
    falls = Counter(i for change in trial.world.i2c.trace for i in change.before - change.after)
    pulsed = {i for i in rises if rises[i] > 1 or falls[i]}
    assert rises
    assert not pulsed - motor_of(trial)
    assert shortest_ms(trial) >= 2_000, "a valve motor that is moved on purpose does not pulse either"
    first = trial.world.i2c.trace[0]
    assert first.mono_ms > 1_000_000, "not while the program was built"


def motor_of(trial: Trial) -> set[int]:
    """Relays of the Siegenthaler valve's motor, which runs for a while and is stopped again."""
    keys = ("hp-loop-on-off", "hp-loop-keep-send")
    return {trial.house.relay_by_key[key].index for key in keys if key in trial.house.relay_by_key}


def shortest_ms(trial: Trial) -> int:
    """The shortest time any relay stood between two of its moves."""
    moved: dict[int, list[int]] = {}
    for change in trial.world.i2c.trace:
        for index in change.before ^ change.after:
            moved.setdefault(index, []).append(change.mono_ms)
    gaps = [b - a for times in moved.values() for a, b in pairwise(times)]
    return min(gaps, default=2_000)


def tell(trial: Trial, *heard: Any) -> None:
    """A person speaks in the next tick."""
    hear = trial.program.hear

    def once(now: Any) -> Any:
        trial.program.hear = hear
        return (*heard, *hear(now))

    trial.program.hear = once


def test_f708_a_person_cannot_make_a_relay_chatter() -> None:
    trial = Trial(start_ms=MORNING_MS, warm_s=60, tick_ms=500)
    relay = trial.house.relay_by_key["tstat-common"]
    trial.world.i2c.trace.clear()
    for turn in range(1000):
        tell(trial, HeardAdmin("admin", "admin", relay.node, turn % 2, 3600))
        trial.run(0.5 if turn % 3 else 1.5)
    moved = [c.mono_ms for c in trial.world.i2c.trace if relay.index in c.before ^ c.after]
    assert len(moved) >= 100
    assert len(moved) <= 200
    assert min(b - a for a, b in pairwise(moved)) >= 2_000


def test_f709_an_index_given_twice_is_refused_at_load(tmp_path: Path) -> None:
    text = (FOLDER / "orange.toml").read_text(encoding="utf-8")
    wrong = tmp_path / "oak.toml"
    wrong.write_text(text.replace("hp-scada-ops = { index = 6 }", "hp-scada-ops = { index = 5 }"))
    with pytest.raises(LayoutMistakes) as mistakes:
        load_house(wrong)
    assert any("index 5 is already taken by 'hp-failsafe'" in words for words in mistakes.value.sentences)


WALKED = "store-pump-failsafe"


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [
        ((), 0, "store-flow 0.0 -> "),
        ((PinFault(9, low=False),), 1, "Did not follow: relay9."),
        ((PinFault(9, low=True),), 1, "Did not follow: relay9."),
        ((ContactFault(9, energised=False),), 0, "expected store-flow to move, and it did not"),
        ((ContactFault(9, energised=True),), 0, "expected store-flow to move, and it did not"),
    ],
    ids=[
        "right",
        "never pulls in",
        "never lets go",
        "wired to another terminal",
        "wired the other way round",
    ],
)
def test_f709_the_walk_tells_by_readback_and_by_power_and_flow(
    wrong: tuple[Any, ...], code: int, says: str
) -> None:
    desk = Desk()
    for fault in wrong:
        desk.world.inject(fault)
    found = walk(desk.field, desk.terminal(), yes=True, only=WALKED)
    assert (found, says in desk.shown) == (code, True), desk.shown
    assert ("store-pump-pwr 0.0 -> " in desk.shown) == (not wrong)


def test_f709_the_walk_shows_that_two_numbers_are_exchanged() -> None:
    """The layout says 9 is the store pump and 2 the thermostats' wire; in the cabinet it is the other way."""
    house = load_house("orange")
    swapped = {9: 2, 2: 9}
    said = replace(house, relays=tuple(replace(r, index=swapped.get(r.index, r.index)) for r in house.relays))
    desk = Desk(said=said)
    assert walk(desk.field, desk.terminal(), yes=True, only=WALKED) == 0, "the board itself follows"
    assert desk.pulses() == [2]
    assert "expected store-flow to move, and it did not" in desk.shown
    assert "expected store-pump-pwr to move, and it did not" in desk.shown
