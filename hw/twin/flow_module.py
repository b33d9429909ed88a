"""A simulated pulse flow meter on a Wi-Fi module, hall or reed: it posts when its ticks came, not how many.

Water that has not yet made a whole tick is carried over from one post to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import msgspec

from hw.twin.faults import Pico as PicoFaultKind
from hw.twin.noise import Noise
from hw.twin.pico import Mail, PicoModule, positive_int
from layouts.model import FlowModule as FlowLayout

LIST_CACHE_LIMIT = 256
FIRMWARE_HALL = (10, 60)
"""Seconds between tick lists, seconds to an empty one."""
FIRMWARE_REED = (10, 180, 10)
"""Ticks to a list, seconds to any list, deadband ms."""


class Run:
    """Evenly spaced ticks: `count` of them, `gap_ms` apart, from `first_ms`."""

    __slots__ = ("count", "first_ms", "gap_ms")

    def __init__(self, first_ms: float, gap_ms: float, count: int) -> None:
        """Times in house milliseconds."""
        self.first_ms = first_ms
        self.gap_ms = gap_ms
        self.count = count


class FlowModule(PicoModule):
    """The module of one flow meter; `gpm()` tells the true flow."""

    def __init__(
        self,
        flow: FlowLayout,
        hw_uid: str,
        gpm: Callable[[], float],
        noise: Noise,
        noise_part: float,
        phase_ms: int,
        ready_ms: int,
    ) -> None:
        """A module fresh from the workbench; `noise_part` is the spread of its rate from window to window."""
        self.is_hall = flow.kind == "hall"
        self.params_suffix = f"flow-{flow.kind}-params"
        self.data_suffix = f"ticklist-{flow.kind}"
        super().__init__(flow.node, hw_uid, phase_ms, ready_ms)
        self._gpm = gpm
        self._noise = noise
        self._noise_part = noise_part
        self._ticks_per_gallon = 1.0 / flow.gallons_per_tick
        self._period_s, self._empty_s = FIRMWARE_HALL
        self._length, self._any_s, self._deadband_ms = FIRMWARE_REED
        self._unit_per_ms = 1000 if self.is_hall else 1
        self._runs: list[Run] = []
        self._waiting = 0
        self._part = 0.5
        self._posted_ms = 0
        self._hz = 0.0
        self._epoch_ms = phase_ms * 7919
        """The module's own clock is not set; it shows house time plus this."""
        self._lists: dict[tuple[float, int], str] = {}
        key = "RelativeMicrosecondList" if self.is_hall else "RelativeMillisecondList"
        self._head = f'{{"HwUid":"{hw_uid}","FirstTickTimestampNanoSecond":'
        self._middle = f',"{key}":'
        self._tail = f',"TypeName":"ticklist.{flow.kind}","Version":"101"}}'

    def _params_body(self) -> bytes:
        body: dict[str, object] = {
            "HwUid": self.hw_uid, "ActorNodeName": self.actor, "FlowNodeName": self.actor,
        }  # fmt: skip
        if self.is_hall:
            body |= {"PublishTicklistPeriodS": self._period_s, "PublishEmptyTicklistAfterS": self._empty_s}
        else:
            body |= {"PublishTicklistLength": self._length, "PublishAnyTicklistAfterS": self._any_s}
            body["DeadbandMilliseconds"] = self._deadband_ms
        body |= {"TypeName": self.params_suffix.replace("-", "."), "Version": "101"}
        return msgspec.json.encode(body)

    def _take_params(self, params: dict[str, Any]) -> None:
        self._period_s = positive_int(params, "PublishTicklistPeriodS", self._period_s)
        self._empty_s = positive_int(params, "PublishEmptyTicklistAfterS", self._empty_s)
        self._length = positive_int(params, "PublishTicklistLength", self._length)
        self._any_s = positive_int(params, "PublishAnyTicklistAfterS", self._any_s)
        self._deadband_ms = positive_int(params, "DeadbandMilliseconds", self._deadband_ms)

    def _begin(self, mono_ms: int, mail: Mail) -> None:
        self._runs = []
        self._waiting = 0
        self._posted_ms = mono_ms

    def _measure(self, start_ms: int, end_ms: int, mail: Mail) -> None:
        """Ticks and posts of one window, the flow being held for it."""
        at_ms = float(max(start_ms, self._posted_ms))
        hz = self._rate_hz()
        while at_ms < end_ms:
            due_ms = self._due_ms(at_ms, hz)
            self._turn(at_ms, min(due_ms, float(end_ms)), hz)
            at_ms = due_ms
            if due_ms < end_ms:
                self._posted_ms = ceil(due_ms)
                self._post(self._posted_ms, mail, self._list(self._posted_ms))

    def _rate_hz(self) -> float:
        if self.fault is not PicoFaultKind.FROZEN:
            spread = 1.0 + self._noise_part * self._noise.next() if self._noise_part else 1.0
            self._hz = self._gpm() / 60.0 * self._ticks_per_gallon * spread
        return self._hz

    def _due_ms(self, at_ms: float, hz: float) -> float:
        """When the next list is posted, should the flow stay as it is."""
        if self.is_hall:
            full_ms = self._posted_ms + self._period_s * 1000.0
            empty_ms = self._posted_ms + self._empty_s * 1000.0
            first_ms = at_ms + (1.0 - self._part) * 1000.0 / hz if hz > 0.0 else float("inf")
            has_ticks = self._waiting > 0 or first_ms < max(empty_ms, at_ms)
            return max(full_ms if has_ticks else empty_ms, at_ms)
        any_ms = self._posted_ms + self._any_s * 1000.0
        missing = self._length - self._waiting - self._part
        full_ms = at_ms + max(missing, 0.0) * 1000.0 / hz if hz > 0.0 else any_ms
        return max(min(any_ms, full_ms), at_ms)

    def _turn(self, from_ms: float, until_ms: float, hz: float) -> None:
        """Let the wheel turn at `hz`."""
        if hz <= 0.0 or until_ms <= from_ms:
            return
        turned = self._part + hz * (until_ms - from_ms) / 1000.0
        count = int(turned + 1e-9)
        if count:
            gap_ms = 1000.0 / hz
            last = self._runs[-1] if self._runs else None
            if last is not None and last.gap_ms == gap_ms:
                last.count += count
            else:
                self._runs.append(Run(from_ms + (1.0 - self._part) * gap_ms, gap_ms, count))
            self._waiting += count
        self._part = max(turned - count, 0.0)

    def _list(self, now_ms: int) -> bytes:
        """The post: ticks relative to the first, by the module's own clock; then start afresh."""
        before_ns = (now_ms + self._epoch_ms) * 1_000_000
        if not self._runs:
            return f"{self._head}null{self._middle}[]{self._before(before_ns)}".encode()
        first_ms = self._runs[0].first_ms
        first_ns = int((first_ms + self._epoch_ms) * 1000.0) * 1000
        if len(self._runs) == 1:
            ticks = self._even(self._runs[0])
        else:
            ticks = ",".join(
                str(int((run.first_ms - first_ms + i * run.gap_ms) * self._unit_per_ms))
                for run in self._runs
                for i in range(run.count)
            )
        self._runs = []
        self._waiting = 0
        return f"{self._head}{first_ns}{self._middle}[{ticks}]{self._before(before_ns)}".encode()

    def _before(self, before_ns: int) -> str:
        return f',"PicoBeforePostTimestampNanoSecond":{before_ns}{self._tail}'

    def _even(self, run: Run) -> str:
        """Even ticks as JSON; a steady pump makes the same list again and again."""
        key = (run.gap_ms, run.count)
        text = self._lists.get(key)
        if text is None:
            if len(self._lists) >= LIST_CACHE_LIMIT:
                self._lists.clear()
            gap = run.gap_ms * self._unit_per_ms
            text = self._lists[key] = ",".join([str(int(i * gap)) for i in range(run.count)])
        return text
