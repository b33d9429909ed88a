"""Faults of the computer itself: each has its sentence, warns, and never touches the heat."""

from __future__ import annotations

import pytest

from states.fault_table import COMPUTER_ROWS
from states.faults import Act
from states.image import Computer
from tests.states.bench import Bench

ILL = {
    "computer-hot": (Computer(cpu_c=80.1), Computer(cpu_c=80.0), 60),
    "computer-under-voltage": (Computer(under_voltage=1.0), Computer(under_voltage=0.0), 0),
    "disk-filling": (Computer(disk_used=80.1), Computer(disk_used=80.0), 60),
    "clock-adrift": (Computer(clock_age_h=6.1), Computer(clock_age_h=6.0), 3600),
}


def active(bench: Bench) -> dict[str, tuple[str, str]]:
    assert bench.decision is not None
    return {fault.name: (fault.act, fault.words) for fault in bench.decision.overview.faults}


@pytest.mark.parametrize("name", ILL)
def test_f501_f610_the_computer_warns_of_itself(name: str) -> None:
    ill, well, for_s = ILL[name]
    (says,) = (row[4] for row in COMPUTER_ROWS if row[0] == name)
    bench = Bench()
    bench.leap(120)
    path = bench.path
    bench.computer = well
    bench.leap(for_s + 5)
    assert name not in active(bench)
    bench.computer = ill
    bench.leap(max(1, for_s - 5))
    assert (name in active(bench)) == (for_s == 0)
    bench.leap(10)
    assert active(bench)[name] == (Act.WARN.name, says)
    assert bench.path.split(".")[0] == path.split(".")[0]
    bench.computer = Computer()
    bench.leap(610)
    assert name not in active(bench), "what is unknown is no fault"


def test_every_row_has_its_own_sentence() -> None:
    assert set(ILL) == {row[0] for row in COMPUTER_ROWS}
    assert len({row[4] for row in COMPUTER_ROWS}) == len(COMPUTER_ROWS)


def test_a_supply_that_sags_now_and_then_is_one_fault_not_many() -> None:
    bench = Bench()
    for _ in range(20):
        bench.computer = Computer(under_voltage=1.0)
        bench.leap(2)
        bench.computer = Computer(under_voltage=0.0)
        bench.leap(58)
    assert bench.log.count("fault computer-under-voltage") == 1
