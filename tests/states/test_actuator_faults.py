"""Faults of 0-10 V outputs and of sensors that only some houses have, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from layouts.settings import Settings
from states.fault_table import fault_table
from states.faults import Act, Fault
from tests.layouts.devices import load, with_btus, with_probes
from tests.states.bench import Bench


def faults(bench: Bench) -> dict[str, str]:
    assert bench.decision is not None
    return {fault.name: fault.act for fault in bench.decision.overview.faults}


def test_f706_a_silent_output_board_ends_the_contract_after_a_minute_and_the_house_heats_on() -> None:
    bench = Bench()
    bench.leap(120)
    bench.deaf = {output.node for output in bench.house.zero_tens}
    bench.leap(58)
    assert "outputs-silent" not in faults(bench)
    bench.leap(5)
    assert faults(bench)["outputs-silent"] == Act.NO_CONTRACT.name
    assert bench.path.startswith("HomeAlone.Normal.")
    bench.deaf = set()
    bench.leap(15)
    assert "outputs-silent" not in faults(bench)


def test_f702_an_output_that_does_not_obey_is_a_fault_after_ten_seconds() -> None:
    bench = Bench()
    bench.leap(120)
    node = bench.house.zero_tens[0].node
    assert bench.board[node] != 77

    def held(seconds: int) -> None:
        for _ in range(seconds):
            bench.board[node] = 77
            bench.leap(1)

    held(9)
    assert "output-disobeys" not in faults(bench)
    held(4)
    assert faults(bench)["output-disobeys"] == Act.NO_CONTRACT.name
    bench.leap(15)
    assert "output-disobeys" not in faults(bench)


@pytest.mark.parametrize("text", [with_probes(), with_btus()], ids=["probes", "heat meters"])
def test_every_pipe_and_every_flow_has_a_row_for_its_loss(text: str, tmp_path: Path) -> None:
    house = load(text, tmp_path)
    rows: dict[str, Fault] = {row.name: row for row in fault_table(house, Settings())}
    for channel in (*house.pipe_channels, *house.flow_channels):
        row = rows[f"{channel}-lost"]
        assert (row.act, row.says) == (Act.WARN, f"{channel} is silent")
