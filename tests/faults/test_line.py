"""F206: a meter on a serial line whose converter is unplugged and plugged in again, on the whole program."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from hw.meter import Meter
from hw.serial_port import SerialPort
from hw.twin.meter import TwinMeter
from tests.faults.trial import Trial
from tests.hw.serial_line import SerialLine
from tests.hw.servers import open_files


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
