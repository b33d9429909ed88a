"""Flow modules (Pico W, hall or reed): the parameter handshake, and tick lists as they come in.

Source: firmware flow_hall_main.py and flow_reed_main.py of gridworks-pico; types flow.hall.params,
flow.reed.params, ticklist.hall, ticklist.reed, all 101. Ticks to flow is in `hw/pico/ticks.py`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hw.pico.module import Module, Refused, Sample, Taken, check_type, decoder
from hw.pico.ticks import Flow
from layouts.model import FlowModule as FlowLayout
from layouts.model import House
from states.image import Now, Reading, TickList

MAX_TICKS = 12_000
"""Ten seconds at the hall meter's 1 ms dead time, and some."""
MAX_AGE_MS = 600_000
"""A list reaching further back than this is no measurement."""
FUTURE_MS = 1_000
"""The tick counter and the clock of a module may disagree by this much."""
WRAP_US = 1 << 30
"""`ticks_us` of the firmware wraps here, and the firmware subtracts without minding."""

Name = Annotated[str, Meta(max_length=64)]
Nanoseconds = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
Relative = Annotated[int, Meta(ge=-(1 << 31), le=1 << 31)]
Ticks = Annotated[list[Relative], Meta(max_length=MAX_TICKS)]


class FlowParams(Struct):
    """What a module says of itself; of its settings only the dead band is its own."""

    HwUid: Name
    ActorNodeName: Name
    FlowNodeName: Name
    TypeName: Name
    DeadbandMilliseconds: Annotated[int, Meta(ge=0, le=10_000)] | None = None


class TicklistHall(Struct):
    """Ticks in microseconds after the first."""

    HwUid: Name
    FirstTickTimestampNanoSecond: Nanoseconds | None
    RelativeMicrosecondList: Ticks
    PicoBeforePostTimestampNanoSecond: Nanoseconds
    TypeName: Name


class TicklistReed(Struct):
    """Ticks in milliseconds after the first."""

    HwUid: Name
    FirstTickTimestampNanoSecond: Nanoseconds | None
    RelativeMillisecondList: Ticks
    PicoBeforePostTimestampNanoSecond: Nanoseconds
    TypeName: Name


_read_params = decoder(FlowParams)
_read_hall = decoder(TicklistHall)
_read_reed = decoder(TicklistReed)


class FlowModule(Module):
    """The module of one flow meter."""

    def __init__(self, flow: FlowLayout, house: House) -> None:
        """Channels are <node> (gpm x 100) and, where the layout has it, <node>-hz (microhertz)."""
        super().__init__(flow.node, flow.hw_uid, max(flow.publish_empty_after_s, flow.publish_period_s or 0))
        data = self._hall if flow.kind == "hall" else self._reed
        self.routes = {
            f"/{flow.node}/flow-{flow.kind}-params": self._params,
            f"/{flow.node}/ticklist-{flow.kind}": data,
        }
        self.dropped_ticks = 0
        self.lists: list[TickList] = []
        """As they were posted, for whoever takes them away; only where the layout wants that."""
        self._layout = flow
        self._hz_channel = f"{flow.node}-hz" if f"{flow.node}-hz" in house.channel_by_name else ""
        self._flow = Flow(
            no_flow_ms=flow.no_flow_ms,
            alpha=flow.exp_alpha,
            threshold_hz=flow.async_threshold_gpm_x100 / 100 / 60 / flow.gallons_per_tick,
            slow=flow.gallons_per_tick > 0.5,
        )

    def _params(self, body: bytes, now: Now) -> Taken:
        params, flow = _read_params(body), self._layout
        type_name = f"flow.{flow.kind}.params"
        check_type(params.TypeName, type_name)
        if params.FlowNodeName != flow.node:
            raise Refused(403, f"FlowNodeName is {params.FlowNodeName!r}, not {flow.node!r}.")
        self.check_uid(params.HwUid)
        answer: dict[str, object] = {
            "HwUid": params.HwUid,
            "ActorNodeName": flow.node,
            "FlowNodeName": flow.node,
            "TypeName": type_name,
            "Version": "101",
        }
        if flow.kind == "hall":
            answer["PublishTicklistPeriodS"] = flow.publish_period_s
            answer["PublishEmptyTicklistAfterS"] = flow.publish_empty_after_s
        else:
            answer["PublishTicklistLength"] = flow.publish_length
            answer["PublishAnyTicklistAfterS"] = flow.publish_empty_after_s
            answer["DeadbandMilliseconds"] = params.DeadbandMilliseconds
        return msgspec.json.encode({key: v for key, v in answer.items() if v is not None}), ()

    def _hall(self, body: bytes, now: Now) -> Taken:
        post = _read_hall(body)
        check_type(post.TypeName, "ticklist.hall")
        relative = [us if us >= 0 else us + WRAP_US for us in post.RelativeMicrosecondList]
        taken = self._data(post, relative, 1000, now)
        self._keep(body, now)
        return taken

    def _reed(self, body: bytes, now: Now) -> Taken:
        post = _read_reed(body)
        check_type(post.TypeName, "ticklist.reed")
        taken = self._data(post, post.RelativeMillisecondList, 1, now)
        self._keep(body, now)
        return taken

    def _keep(self, body: bytes, now: Now) -> None:
        if self._layout.send_tick_lists:
            self.lists.append(TickList(self.name, body, now.wall_ms))

    def _data(self, post: TicklistHall | TicklistReed, relative: list[int], per_ms: int, now: Now) -> Taken:
        self.check_uid(post.HwUid)
        ticks, first_age_ms = self._unique(post, relative, per_ms)
        found = self._flow.take(ticks, per_ms, now.mono_ms - first_age_ms, now.mono_ms)
        self.heard(now)
        samples: list[Sample] = []
        for at_ms, hz in found:
            samples += self._sample(at_ms, hz, now)
        return b"", tuple(samples)

    def _unique(
        self, post: TicklistHall | TicklistReed, relative: list[int], per_ms: int
    ) -> tuple[list[int], float]:
        """Ticks in order without duplicates and impossible ones, and the age of the first in ms.

        The module's own clock need not be right: only its time from the first tick to the post counts.
        """
        first_ns = post.FirstTickTimestampNanoSecond
        if (first_ns is None) != (not relative):
            raise Refused(400, "FirstTickTimestampNanoSecond must be null exactly when the list is empty.")
        if first_ns is None:
            return [], 0.0
        age_ms = (post.PicoBeforePostTimestampNanoSecond - first_ns) / 1e6
        if not -FUTURE_MS <= age_ms <= MAX_AGE_MS:
            raise Refused(400, f"The first tick is {age_ms / 1000:.0f} s before the post: the clock jumped.")
        latest = (age_ms + FUTURE_MS) * per_ms
        ticks = sorted({tick for tick in relative if 0 <= tick <= latest})
        self.dropped_ticks += len(relative) - len(ticks)
        return ticks, max(age_ms, 0.0)

    def _sample(self, at_ms: float, hz: float, now: Now) -> list[Sample]:
        """Readings of one flow value; `at_ms` is house time, never in the future."""
        mono_ms = min(round(at_ms), now.mono_ms)
        wall_ms = now.wall_ms - (now.mono_ms - mono_ms)
        gpm_x100 = round(6000 * hz * self._layout.gallons_per_tick)
        samples = [(self.name, Reading(gpm_x100, mono_ms, wall_ms))]
        if self._hz_channel:
            samples.append((self._hz_channel, Reading(round(1e6 * hz), mono_ms, wall_ms)))
        return samples
