"""A simulated three-depth tank module: microvolts on change and every capture period."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hw.twin.faults import Pico as PicoFaultKind
from hw.twin.noise import Noise
from hw.twin.pico import Mail, PicoModule, positive_int
from hw.twin.thermistor import tank_micro_volts
from layouts.model import Tank

FIRMWARE_DELTA_UV = 500
FIRMWARE_AVERAGES = 10
STILL_K = 0.005
STILL_UV = 200.0
"""A tank that moved by less, under less noise, cannot pass any delta in use (at least 500 µV); at 25 °C
0.005 K is 120 µV. It is not measured again until it does or a post is due."""
MEASURE_MS = 1000
"""From the handshake to the first full post."""


class TankModule(PicoModule):
    """The module of one tank; `depths_c()` tells the true temperatures, top first."""

    params_suffix = "tank-module-params"
    data_suffix = "microvolts"

    def __init__(
        self,
        tank: Tank,
        hw_uid: str,
        depths_c: Callable[[], tuple[float, float, float]],
        noise: Noise,
        noise_uv: float,
        phase_ms: int,
        ready_ms: int,
    ) -> None:
        """A module fresh from the workbench: it knows its name, but not the house's parameters."""
        super().__init__(tank.name, hw_uid, phase_ms, ready_ms)
        self._depths_c = depths_c
        self._noise = noise
        self._noise_uv = noise_uv
        self._beta = float(tank.thermistor_beta)
        self._order = tank.sensor_order or (1, 2, 3)
        self._period_s, self._samples = 60, 1000
        self._averages, self._delta_uv = FIRMWARE_AVERAGES, FIRMWARE_DELTA_UV
        self._posted_uv: list[int | None] = [None, None, None]
        self._frozen_uv: list[int] | None = None
        self._seen_c = (-999.0, -999.0, -999.0)
        self._loop_ms = self._next_sync_ms = self._offset_ms = 0
        names = [f"{tank.name}-depth{i}" for i in (1, 2, 3)]
        head = f'{{"HwUid":"{hw_uid}","AboutNodeNameList":'
        self._one = [f'{head}["{name}"],"MicroVoltsList":[' for name in names]
        self._all = head + msgspec.json.encode(names).decode() + ',"MicroVoltsList":['
        self._tail = '],"TypeName":"microvolts","Version":"100"}'

    def micro_volts(self) -> list[int]:
        """What the three ADC inputs read now; sensor i may hang at another depth (`sensor_order`)."""
        if self.fault is PicoFaultKind.FROZEN and self._frozen_uv is not None:
            return self._frozen_uv
        depths_c, beta, noise, noise_uv = self._depths_c(), self._beta, self._noise.next, self._noise_uv
        self._frozen_uv = [
            int(tank_micro_volts(depths_c[depth - 1], beta) + noise_uv * noise()) for depth in self._order
        ]
        return self._frozen_uv

    def _still(self) -> bool:
        """Nothing moved since the last look, so that no depth can have passed its delta."""
        depths_c, seen_c = self._depths_c(), self._seen_c
        if (
            self._noise_uv <= STILL_UV
            and abs(depths_c[0] - seen_c[0]) < STILL_K
            and abs(depths_c[1] - seen_c[1]) < STILL_K
            and abs(depths_c[2] - seen_c[2]) < STILL_K
        ):
            return True
        self._seen_c = depths_c
        return False

    def _params_body(self) -> bytes:
        return msgspec.json.encode({
            "HwUid": self.hw_uid, "ActorNodeName": self.actor, "CapturePeriodS": self._period_s,
            "Samples": self._samples, "NumSampleAverages": self._averages,
            "AsyncCaptureDeltaMicroVolts": self._delta_uv,
            "TypeName": "tank.module.params", "Version": "110",
        })  # fmt: skip

    def _take_params(self, params: dict[str, Any]) -> None:
        self._period_s = positive_int(params, "CapturePeriodS", self._period_s)
        self._samples = positive_int(params, "Samples", self._samples)
        self._averages = positive_int(params, "NumSampleAverages", self._averages)
        self._delta_uv = positive_int(params, "AsyncCaptureDeltaMicroVolts", self._delta_uv)
        offset = params.get("CaptureOffsetS")
        good = isinstance(offset, int | float) and 0 < offset < self._period_s
        self._offset_ms = int(offset * 1000) if good and offset is not None else 0

    def _begin(self, mono_ms: int, mail: Mail) -> None:
        first_ms = mono_ms + MEASURE_MS
        self._post(first_ms, mail, self._full(self.micro_volts()))
        self._loop_ms = first_ms + self._offset_ms
        self._next_sync_ms = self._loop_ms + self._period_s * 1000
        self._posted_uv = [None, None, None]
        self._seen_c = (-999.0, -999.0, -999.0)

    def _full(self, micro_volts: list[int]) -> bytes:
        return f"{self._all}{','.join(map(str, micro_volts))}{self._tail}".encode()

    def _measure(self, start_ms: int, end_ms: int, mail: Mail) -> None:
        if end_ms <= self._loop_ms:
            return
        if self._next_sync_ms >= end_ms and self._still():
            return
        now_uv, due_ms = self.micro_volts(), max(start_ms + self.phase_ms, self._loop_ms)
        for i, value in enumerate(now_uv):
            posted = self._posted_uv[i]
            if posted is None or abs(value - posted) > self._delta_uv:
                self._posted_uv[i] = value
                self._post(due_ms, mail, f"{self._one[i]}{value}{self._tail}".encode())
        while self._next_sync_ms < end_ms:
            self._post(max(self._next_sync_ms, start_ms), mail, self._full(now_uv))
            self._next_sync_ms += self._period_s * 1000
