"""Heat meters (GRIDWORKS__GW101, Pico): flow, hot and cold pipe, perhaps the volts of a current transformer.

Source: firmware async_btu_main.py (Wi-Fi) and async_btu_main_wiznet.py (Ethernet) of gridworks-pico; types
async.btu.params 000, multichannel.snapshot, pico.comms.params 000 and baseurl.failure.alert, which the Wi-Fi
firmware sends as version 100. The Ethernet firmware takes only a JSON object that is not empty for success;
without one it would post every second for ever, so every post is answered with one.
"""

from __future__ import annotations

import socket as so
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hw.pico.module import Module, Refused, Sample, Taken, check_type, decoder
from hw.thermistor import COLDEST_C, HOTTEST_C
from layouts.model import BtuMeter, House
from states.image import RANGE, Now, Reading

PARAMS_TYPE = "async.btu.params"
DATA_TYPE = "multichannel.snapshot"
COMMS_TYPE = "pico.comms.params"
ALERT_TYPE = "baseurl.failure.alert"
MAX_GPM_X100 = 10_000
MAX_VOLTS_X100 = 500

Name = Annotated[str, Meta(max_length=64)]
Url = Annotated[str, Meta(max_length=200)]
Value = Annotated[int, Meta(ge=-(1 << 31), le=1 << 31)]


class BtuParams(Struct):
    """What a meter says of itself; everything it could be set to is answered from the layout."""

    HwUid: Name
    ActorNodeName: Name
    TypeName: Name


class Snapshot(Struct):
    """One to four channels, each with its unit."""

    HwUid: Name
    ChannelNameList: Annotated[list[Name], Meta(min_length=1, max_length=4)]
    MeasurementList: Annotated[list[Value], Meta(min_length=1, max_length=4)]
    UnitList: Annotated[list[Name], Meta(min_length=1, max_length=4)]
    TypeName: Name


class CommsParams(Struct):
    """Where a meter posts to now."""

    HwUid: Name
    BaseUrl: Url
    BackupUrl: Url | None
    TypeName: Name


class UrlAlert(Struct):
    """A meter could not reach its first address and took the second."""

    HwUid: Name
    ActorNodeName: Name
    BaseUrl: Url
    Message: Annotated[str, Meta(max_length=1000)]
    TypeName: Name


_read_params = decoder(BtuParams)
_read_snapshot = decoder(Snapshot)
_read_comms = decoder(CommsParams)
_read_alert = decoder(UrlAlert)


def offset_s(period_s: int, wall_ms: int) -> float:
    """Seconds until the next whole period, more than 0; never negative, which firmware cannot sleep."""
    return round((period_s * 1000 - wall_ms % (period_s * 1000)) / 1000, 1) or 0.1


class BtuModule(Module):
    """The heat meter of one circuit."""

    def __init__(self, btu: BtuMeter, house: House) -> None:
        """Its channels are the layout's; where that names no module, the first that calls is adopted."""
        super().__init__(btu.node, btu.hw_uid, btu.capture_period_s)
        self.routes = {
            f"/{btu.node}/async-btu-params": self._params,
            f"/{btu.node}/multichannel-snapshot": self._data,
            f"/{btu.node}/pico-comms-params": self._comms,
            f"/{btu.node}/baseurl-failure-alert": self._alert,
        }
        self.alerts = 0
        self._btu = btu
        self._kinds = {btu.flow: "flow", btu.hot: "temp", btu.cold: "temp"} | (
            {btu.ct: "ct"} if btu.ct else {}
        )
        self._hostname = so.gethostname()

    def _params(self, body: bytes, now: Now) -> Taken:
        params = _read_params(body)
        check_type(params.TypeName, PARAMS_TYPE)
        self._check_actor(params.ActorNodeName)
        self.check_uid(params.HwUid)
        btu = self._btu
        answer: dict[str, object] = {
            "HwUid": params.HwUid,
            "ActorNodeName": btu.node,
            "FlowChannelName": btu.flow,
            "SendHz": False,
            "ReadCtVoltage": btu.ct is not None,
            "HotChannelName": btu.hot,
            "ColdChannelName": btu.cold,
            "CtChannelName": btu.ct,
            "ThermistorBeta": btu.thermistor_beta,
            "CapturePeriodS": btu.capture_period_s,
            "CaptureOffsetS": offset_s(btu.capture_period_s, now.wall_ms),
            "GallonsPerPulse": btu.gallons_per_pulse,
            "AsyncCaptureDeltaGpmX100": btu.async_delta_gpm_x100,
            "AsyncCaptureDeltaCelsiusX100": btu.async_delta_c_x100,
            "AsyncCaptureDeltaCtVoltsX100": btu.async_delta_ct_v_x100 if btu.ct else None,
            "TypeName": PARAMS_TYPE,
            "Version": "000",
        }
        return msgspec.json.encode({key: value for key, value in answer.items() if value is not None}), ()

    def _data(self, body: bytes, now: Now) -> Taken:
        post = _read_snapshot(body)
        check_type(post.TypeName, DATA_TYPE)
        self.check_uid(post.HwUid)
        if not len(post.ChannelNameList) == len(post.MeasurementList) == len(post.UnitList):
            raise Refused(400, "ChannelNameList, MeasurementList and UnitList differ in length.")
        rows = zip(post.ChannelNameList, post.MeasurementList, post.UnitList, strict=True)
        samples = tuple(self._sample(channel, value, unit, now) for channel, value, unit in rows)
        self.heard(now)
        return msgspec.json.encode({"Received": len(samples)}), samples

    def _sample(self, channel: str, value: int, unit: str, now: Now) -> Sample:
        kind = self._kinds.get(channel)
        if kind is None:
            raise Refused(400, f"{channel!r} is not a channel of {self.name}.")
        found: int | None
        if kind == "flow":
            found = self._gpm_x100(value, unit)
        elif kind == "temp":
            _check_unit(channel, unit, "CelsiusTimes100")
            found = 10 * value if COLDEST_C <= value / 100 <= HOTTEST_C else None
        else:
            _check_unit(channel, unit, "VoltsTimes100")
            found = value if 0 <= value <= MAX_VOLTS_X100 else None
        quality = (RANGE,) if found is None else ()
        return channel, Reading(found, now.mono_ms, now.wall_ms, *quality)

    def _gpm_x100(self, value: int, unit: str) -> int | None:
        """Flow in gpm x 100; a meter that still sends hertz x 100 is understood too."""
        if unit == "HzTimes100":
            value = round(60 * value * self._btu.gallons_per_pulse)
        else:
            _check_unit(self._btu.flow, unit, "GpmTimes100")
        return value if 0 <= value <= MAX_GPM_X100 else None

    def _comms(self, body: bytes, now: Now) -> Taken:
        comms = _read_comms(body)
        check_type(comms.TypeName, COMMS_TYPE)
        self.check_uid(comms.HwUid)
        port = self.reached_at.rpartition(":")[2]
        answer = {
            "HwUid": comms.HwUid,
            "BaseUrl": f"http://{self.reached_at}" if self.reached_at else comms.BaseUrl,
            "BackupUrl": f"http://{self._hostname}.local:{port}" if self.reached_at else comms.BackupUrl,
            "TypeName": COMMS_TYPE,
            "Version": "000",
        }
        return msgspec.json.encode(answer), ()

    def _alert(self, body: bytes, now: Now) -> Taken:
        alert = _read_alert(body)
        check_type(alert.TypeName, ALERT_TYPE)
        self._check_actor(alert.ActorNodeName)
        self.check_uid(alert.HwUid)
        self.alerts += 1
        self.device.complain(f"{self.name} cannot reach {alert.BaseUrl[:60]}: {alert.Message[:80]}")
        return msgspec.json.encode({"Received": 1}), ()

    def _check_actor(self, name: str) -> None:
        if name != self.name:
            raise Refused(403, f"ActorNodeName is {name!r}, not {self.name!r}.")


def _check_unit(channel: str, unit: str, expected: str) -> None:
    if unit != expected:
        raise Refused(400, f"The unit of {channel} is {unit[:20]!r}, not {expected!r}.")
