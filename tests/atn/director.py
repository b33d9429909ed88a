"""What happens in the demo and when: the cloud link is cut, a sensor sticks, the bill is compared.

Cues are in house time since the curtain rose; what the house makes of them is its own doing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hw.twin.faults import Pico, PicoFault
from hw.twin.prices import PriceSeries
from hw.twin.world import World
from states.image import Now
from tests.atn.bill import bill
from tests.atn.crew import Crew

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
SUMMARY_MS = 6 * 60 * MINUTE_MS
FIRST_SUMMARY_MS = 200 * MINUTE_MS
STUCK = "tank2"


class Director:
    """Steps once a tick; `tell` takes a line."""

    def __init__(
        self,
        program: Any,
        world: World,
        plain: World,
        crew: Crew,
        tell: Callable[[str], None],
        page: Any,
        prices: PriceSeries,
    ) -> None:
        self._program, self._world, self._plain = program, world, plain
        self._prices, self._hour = prices, 0
        self._crew, self._tell, self._page = crew, tell, page
        self._cues: list[tuple[int, Callable[[], None]]] = [
            (35 * MINUTE_MS, self._cut),
            (47 * MINUTE_MS, self._mend),
            (90 * MINUTE_MS, self._stick),
            (150 * MINUTE_MS, self._unstick),
        ]
        self._begin_ms: int | None = None
        self._summary_ms = FIRST_SUMMARY_MS
        self._fault = 0
        self._silence_told = 0

    def step(self, now: Now) -> None:
        """Cues that are due, the ATN's lines, the countdown, the bill."""
        if self._begin_ms is None:
            self._begin_ms = now.mono_ms
        played_ms = now.mono_ms - self._begin_ms
        while self._cues and self._cues[0][0] <= played_ms:
            self._cues.pop(0)[1]()
        self._countdown(now)
        for words in self._crew.step(now.net_ms):
            self._tell(words)
        self._show_price(now.wall_ms // HOUR_MS)
        if played_ms >= self._summary_ms:
            self._summary_ms += SUMMARY_MS
            self.summary()

    def _cut(self) -> None:
        self._tell(
            "DEMO cuts the cloud link: the broker is gone; the house knows only that no heartbeat comes"
        )
        self._crew.broker.stop(wait=False)

    def _mend(self) -> None:
        self._tell("DEMO mends the cloud link: the broker is back; the house waits for a fresh heartbeat")
        self._crew.broker.start(wait=False)

    def _stick(self) -> None:
        self._tell(f"DEMO freezes the sensors of {STUCK}: they go on posting the same values")
        self._fault = self._world.inject(PicoFault(STUCK, Pico.FROZEN))

    def _unstick(self) -> None:
        self._tell(f"DEMO repairs the sensors of {STUCK}")
        self._world.heal(self._fault)

    def _countdown(self, now: Now) -> None:
        """How long the ATN has been silent while its contract runs."""
        last = self._program.last
        heard = last[1].overview.contract.last_heard_mono_ms if last else None
        live = last is not None and last[1].overview.contract.phase == "Live"
        silent_s = (now.mono_ms - heard) // 1000 if heard is not None and live else 0
        step = silent_s // 30 if 90 <= silent_s < 150 else 0
        if step and step != self._silence_told:
            self._tell(f"no heartbeat for {step * 30} s; at 150 s the house goes on alone")
        self._silence_told = step

    def _show_price(self, hour: int) -> None:
        """The house is told no price; the page of the demo is."""
        if hour != self._hour and self._page is not None:
            self._hour = hour
            price = self._prices.hour(hour)
            self._page.price(None if price is None else price.usd_kwh)

    def summary(self) -> None:
        """What heating has cost so far, beside what a plain thermostat would have paid."""
        self._plain.advance(self._program.parts.clock.now().mono_ms)
        ours, theirs = self._world.score, self._plain.score
        if ours is None or theirs is None:
            return
        ahead_j = self._world.plant.stored_j - self._plain.plant.stored_j
        paid = bill(ours.figures(), theirs.figures(), ahead_j)
        ticks = self._program.ledger.figures()
        self._tell(paid.words())
        self._tell(f"so far: {ticks['count']:.0f} ticks, worst {ticks['max_ms']:.1f} ms of work")
        if self._page is not None and paid.comparable:
            self._page.summary(paid.figures())

    def curtain(self) -> None:
        """The last words."""
        self.summary()
