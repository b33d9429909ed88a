"""F206: a meter on a serial line whose converter is unplugged and plugged in again, on the whole program."""

from __future__ import annotations

import contextlib
import os
import pty
import tty
from pathlib import Path

from msgspec.structs import replace

from hw.meter import Meter
from hw.serial_port import SerialPort
from hw.twin.meter import TwinMeter
from tests.faults.trial import Trial
from tests.hw.servers import open_files


class Line:
    """A pty by a name that may go away; behind it answers a meter that speaks Modbus RTU."""

    def __init__(self, path: Path, meter: TwinMeter) -> None:
        self.path, self.meter = path, meter
        self._end: int | None = None
        self._slave: int | None = None
        self._rest = b""

    def plug(self) -> None:
        self._end, self._slave = pty.openpty()
        for fd in (self._end, self._slave):
            tty.setraw(fd)
        os.set_blocking(self._end, False)
        self.path.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        self.path.unlink()
        for fd in (self._slave, self._end):
            if fd is not None:
                os.close(fd)
        self._end = self._slave = None

    def serve(self) -> None:
        """The meter hears and answers."""
        if self._end is None:
            return
        with contextlib.suppress(BlockingIOError, OSError):
            self._rest, answers, _ = self.meter.hear(self._rest + os.read(self._end, 4096))
            for _, data in answers:
                os.write(self._end, data)


def test_f206_a_converter_that_returns_is_read_within_ten_seconds_and_no_file_is_left_open(
    tmp_path: Path,
) -> None:
    trial = Trial(warm_s=30)
    rig, world = trial.program.parts.rig, trial.world
    layout = replace(trial.house.meter, kind="rtu")
    twin = TwinMeter(layout, world._read_watts, lambda: trial.stage.clock.now().net_ms, "twin")
    line = Line(tmp_path / "usb-RS485", twin)
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
