"""F206: a meter on a serial line whose converter is unplugged and plugged in again, on the whole program."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from hw.latest import Latest
from hw.meter import Meter
from hw.serial_port import SerialPort
from hw.twin.meter import TwinMeter
from layouts.load import load_house
from states.image import Now
from tests.faults.trial import Trial
from tests.hw.serial_line import SerialLine
from tests.hw.servers import open_files

CYCLES = 10_000


def test_f206_a_converter_that_returns_is_read_within_ten_seconds_and_no_file_is_left_open(
    tmp_path: Path,
) -> None:
    trial = Trial(warm_s=30)
    rig, world = trial.program.parts.rig, trial.world
    layout = replace(trial.house.meter, kind="rtu")
    twin = TwinMeter(layout, world._read_watts, lambda: trial.stage.clock.now().net_ms, "twin")
    line = SerialLine(tmp_path / "usb-RS485", twin)
    port = SerialPort(str(line.path), 19_200, "none")
    rig.meter = Meter(layout, port, rig._latest)

    def run(seconds: int) -> None:
        for _ in range(seconds):
            line.serve()
            trial.run(1)
            line.serve()

    line.plug()
    run(10)
    assert trial.reading("hp-odu-pwr").value is not None
    assert trial.program.last[0].now.mono_ms - trial.reading("hp-odu-pwr").mono_ms <= 2_000
    before = open_files()
    for _ in range(3):
        line.unplug()
        run(140)
        assert trial.active.get("hp-odu-pwr-lost") == "Power channel hp-odu-pwr is silent"
        assert trial.reading("hp-odu-pwr").value is None
        line.plug()
        run(10)
        assert trial.reading("hp-odu-pwr").value is not None, "within ten seconds"
        assert open_files() == before
    run(15)
    assert not trial.active
    port.drop(0, "over")
    line.unplug()


@pytest.mark.slow
def test_f206_ten_thousand_unplugs_in_virtual_time_leave_no_file_open(tmp_path: Path) -> None:
    """Read, unplugged, seen to be gone, plugged in under another number, read again."""
    layout = replace(load_house("orange").meter, kind="rtu", poll_period_ms=100)
    now_ms, latest = [0], Latest()
    power = {register.channel: 500.0 for register in layout.registers}
    line = SerialLine(tmp_path / "usb-RS485", TwinMeter(layout, lambda: power, lambda: now_ms[0], "twin"))
    port = SerialPort(str(line.path), 19_200, "none")
    meter, channel = Meter(layout, port, latest), layout.registers[0].channel

    def step(ms: int) -> None:
        now_ms[0] += ms
        meter.step(Now(now_ms[0], now_ms[0], now_ms[0]))
        line.serve()

    def cycle() -> None:
        line.plug()
        plugged_ms = now_ms[0]
        while (reading := latest.get(channel)) is None or reading.mono_ms <= plugged_ms:
            step(100)
            assert now_ms[0] - plugged_ms <= 10_000, meter.device.status
        line.unplug()
        step(100)
        step(100)
        assert not meter.device.ok

    cycle()
    before = open_files()
    for _ in range(CYCLES):
        cycle()
    assert open_files() == before
    assert port.opens >= CYCLES
