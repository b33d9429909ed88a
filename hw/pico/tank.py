"""Tank sensor modules (three depths, Pico W): the parameter handshake and microvolts to temperatures.

Source: firmware tank_module_3_main.py of gridworks-pico; types tank.module.params 110 and microvolts 100.
Divider: 5.65 kOhm from 3.3 V to the input, 10 kOhm thermistor to ground; depth 1 is the top.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hw.pico.module import Module, Refused, Sample, Taken, check_type, decoder
from hw.thermistor import measure
from layouts.model import House, Tank
from states.image import Now, Reading

SUPPLY_V = 3.3
FIXED_KOHM = 5.65
DEPTHS = 3
PARAMS_TYPE = "tank.module.params"
DATA_TYPE = "microvolts"

Name = Annotated[str, Meta(max_length=64)]
MicroVolts = Annotated[int, Meta(ge=-100_000, le=3_400_000)]


class TankModuleParams(Struct):
    """What a module says of its settings; what it says of numbers is replaced by the layout."""

    HwUid: Name
    ActorNodeName: Name
    TypeName: Name
    PicoAB: Name | None = None


class MicroVoltsPost(Struct):
    """One to three depths, microvolts."""

    HwUid: Name
    AboutNodeNameList: Annotated[list[Name], Meta(min_length=1, max_length=DEPTHS)]
    MicroVoltsList: Annotated[list[MicroVolts], Meta(min_length=1, max_length=DEPTHS)]
    TypeName: Name


_read_params = decoder(TankModuleParams)
_read_data = decoder(MicroVoltsPost)


def offset_s(period_s: int, wall_ms: int) -> float:
    """Seconds the module waits so that its posts land 2 s before each whole period; never negative.

    A negative wait would be handed to `sleep` by the firmware, which is undefined there.
    """
    to_go_ms = period_s * 1000 - wall_ms % (period_s * 1000)
    return max(0, to_go_ms - 2000) / 1000


def celsius_x1000(micro_volts: int, beta: float) -> tuple[int | None, str]:
    """Wire integer of a depth and its quality; rounded to 0.01 °C as the reference does."""
    temp_c, quality = measure(micro_volts / 1e6, SUPPLY_V, FIXED_KOHM, beta)
    return (None if temp_c is None else 10 * round(100 * temp_c)), quality


class TankModule(Module):
    """The module of one tank."""

    def __init__(self, tank: Tank, house: House) -> None:
        """Channels are <tank>-depthN-device and, where the layout has them, <tank>-depthN-micro-v."""
        super().__init__(tank.name, tank.hw_uid, tank.capture_period_s)
        self.routes = {
            f"/{tank.name}/tank-module-params": self._params,
            f"/{tank.name}/microvolts": self._data,
        }
        self._tank = tank
        order = tank.sensor_order or (1, 2, 3)
        has = house.channel_by_name
        self._depths = {
            f"{tank.name}-depth{sensor}": tuple(
                name if name in has else ""
                for name in (f"{tank.name}-depth{depth}-device", f"{tank.name}-depth{depth}-micro-v")
            )
            for sensor, depth in enumerate(order, start=1)
        }

    def _params(self, body: bytes, now: Now) -> Taken:
        params = _read_params(body)
        check_type(params.TypeName, PARAMS_TYPE)
        if params.ActorNodeName != self.name:
            raise Refused(403, f"ActorNodeName is {params.ActorNodeName!r}, not {self.name!r}.")
        self.check_uid(params.HwUid)
        tank = self._tank
        answer: dict[str, object] = {
            "HwUid": params.HwUid,
            "ActorNodeName": self.name,
            "CapturePeriodS": tank.capture_period_s,
            "Samples": tank.samples,
            "NumSampleAverages": tank.num_sample_averages,
            "AsyncCaptureDeltaMicroVolts": tank.async_delta_uv,
            "CaptureOffsetS": offset_s(tank.capture_period_s, now.wall_ms),
            "TypeName": PARAMS_TYPE,
            "Version": "110",
        }
        if params.PicoAB is not None:
            answer["PicoAB"] = params.PicoAB
        return msgspec.json.encode(answer), ()

    def _data(self, body: bytes, now: Now) -> Taken:
        post = _read_data(body)
        check_type(post.TypeName, DATA_TYPE)
        self.check_uid(post.HwUid)
        if len(post.AboutNodeNameList) != len(post.MicroVoltsList):
            raise Refused(400, "AboutNodeNameList and MicroVoltsList differ in length.")
        samples: list[Sample] = []
        for name, micro_volts in zip(post.AboutNodeNameList, post.MicroVoltsList, strict=True):
            channels = self._depths.get(name)
            if channels is None:
                raise Refused(400, f"{name!r} is not a depth of {self.name}.")
            samples += self._depth(channels[0], channels[1], micro_volts, now)
        self.heard(now)
        return b"", tuple(samples)

    def _depth(self, device: str, micro_v: str, micro_volts: int, now: Now) -> list[Sample]:
        samples: list[Sample] = []
        if micro_v:
            samples.append((micro_v, Reading(micro_volts, now.mono_ms, now.wall_ms)))
        if device:
            value, quality = celsius_x1000(micro_volts, self._tank.thermistor_beta)
            samples.append((device, Reading(value, now.mono_ms, now.wall_ms, quality)))
        return samples
