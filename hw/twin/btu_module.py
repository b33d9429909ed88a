"""A simulated heat meter: flow, two pipe temperatures and the volts of a current transformer, each second.

The firmware looks once a second; the plant moves every ten, so within a window only the first look can find
a change. What a post carried counts as told only when the answer was a JSON object that is not empty; until
then the Ethernet firmware posts it again every second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hw.twin.faults import Pico as PicoFaultKind
from hw.twin.noise import Noise
from hw.twin.pico import Mail, PicoModule, json_object, positive_int
from layouts.model import BtuMeter

LOOK_MS = 1000
FIRMWARE_PERIOD_S = 60
FIRMWARE_DELTAS = (10, 20, 20)
"""gpm x 100, °C x 100, V x 100."""
NOISE_C = 0.02

Circuit = tuple[float, float, float]
"""True flow in gpm, hot and cold pipe in °C."""


class BtuModule(PicoModule):
    """The module of one heat meter; `circuit()` tells what is true."""

    params_suffix = "async-btu-params"
    data_suffix = "multichannel-snapshot"

    def __init__(
        self,
        btu: BtuMeter,
        hw_uid: str,
        circuit: Callable[[], Circuit],
        noise: Noise,
        phase_ms: int,
        ready_ms: int,
    ) -> None:
        """A module fresh from the workbench; the layout's channel names come with its parameters."""
        super().__init__(btu.node, hw_uid, phase_ms, ready_ms)
        self._circuit = circuit
        self._noise = noise
        self._gallons_per_pulse = btu.gallons_per_pulse
        self._names = ("flow", "hot", "cold", "")
        self._period_s = FIRMWARE_PERIOD_S
        self._deltas = FIRMWARE_DELTAS
        self._told: dict[str, int] = {}
        self._posted: dict[str, int] = {}
        self._frozen: dict[str, int] = {}
        self._next_full_ms = 0
        self._restless = False

    def answered(self, kind: str, status: int, body: bytes, mono_ms: int, mail: Mail) -> None:
        """A data post counts as told only after an object that is not empty."""
        super().answered(kind, status, body, mono_ms, mail)
        if kind == "data":
            self._restless = not (status == 200 and json_object(body))
            if not self._restless:
                self._told |= self._posted

    def _params_body(self) -> bytes:
        flow, hot, cold, ct = self._names
        body: dict[str, object] = {
            "HwUid": self.hw_uid, "ActorNodeName": self.actor, "FlowChannelName": flow, "SendHz": False,
            "ReadCtVoltage": bool(ct), "HotChannelName": hot, "ColdChannelName": cold,
            "ThermistorBeta": 3977, "CapturePeriodS": self._period_s,
            "GallonsPerPulse": self._gallons_per_pulse, "AsyncCaptureDeltaGpmX100": self._deltas[0],
            "AsyncCaptureDeltaCelsiusX100": self._deltas[1],
            "TypeName": "async.btu.params", "Version": "000",
        }  # fmt: skip
        if ct:
            body |= {"CtChannelName": ct, "AsyncCaptureDeltaCtVoltsX100": self._deltas[2]}
        return msgspec.json.encode(body)

    def _take_params(self, params: dict[str, Any]) -> None:
        keys = ("FlowChannelName", "HotChannelName", "ColdChannelName", "CtChannelName")
        flow, hot, cold, ct = (str(params.get(key) or "") for key in keys)
        self._names = (flow, hot, cold, ct)
        self._period_s = positive_int(params, "CapturePeriodS", self._period_s)
        self._deltas = (
            positive_int(params, "AsyncCaptureDeltaGpmX100", self._deltas[0]),
            positive_int(params, "AsyncCaptureDeltaCelsiusX100", self._deltas[1]),
            positive_int(params, "AsyncCaptureDeltaCtVoltsX100", self._deltas[2]),
        )

    def _begin(self, mono_ms: int, mail: Mail) -> None:
        self._told, self._restless = {}, False
        self._next_full_ms = mono_ms + LOOK_MS

    def measured(self) -> dict[str, int]:
        """What it reads now, by channel, in the integers of the wire."""
        if self.fault is PicoFaultKind.FROZEN and self._frozen:
            return self._frozen
        gpm, hot_c, cold_c = self._circuit()
        flow, hot, cold, ct = self._names
        noise = self._noise.next
        found = {
            flow: int(100 * gpm),
            hot: int(100 * (hot_c + NOISE_C * noise())),
            cold: int(100 * (cold_c + NOISE_C * noise())),
        }
        if ct:
            found[ct] = 50 if gpm > 0 else 0
        self._frozen = found
        return found

    def _measure(self, start_ms: int, end_ms: int, mail: Mail) -> None:
        now = self.measured()
        due_ms = start_ms + self.phase_ms % LOOK_MS
        if self._next_full_ms < end_ms:
            self._send(max(self._next_full_ms, start_ms), mail, now)
            self._next_full_ms += self._period_s * 1000
            return
        changed = {name: value for name, value in now.items() if self._moved(name, value)}
        if not changed:
            return
        for look_ms in range(due_ms, end_ms if self._restless else due_ms + 1, LOOK_MS):
            self._send(look_ms, mail, changed)

    def _moved(self, name: str, value: int) -> bool:
        told, place = self._told.get(name), self._names.index(name)
        return told is None or abs(value - told) > self._deltas[(0, 1, 1, 2)[place]]

    def _send(self, due_ms: int, mail: Mail, values: dict[str, int]) -> None:
        units = ("GpmTimes100", "CelsiusTimes100", "CelsiusTimes100", "VoltsTimes100")
        self._posted = dict(values)
        body = msgspec.json.encode({
            "HwUid": self.hw_uid, "ChannelNameList": list(values), "MeasurementList": list(values.values()),
            "UnitList": [units[self._names.index(name)] for name in values],
            "TypeName": "multichannel.snapshot", "Version": "000",
        })  # fmt: skip
        self._post(due_ms, mail, body)
