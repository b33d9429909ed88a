"""A change at the power meter to `power.watts` on the wire. Aim: poll period, a tick and 5 ms.

The meter's registers change at times anywhere within a tick; who hears is a process of its own behind a
mosquitto. The reference needs 456 ms in the middle and 991 ms at worst.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

from hw.clock import RealClock
from scada import Scada
from tests.atn.broker import mosquitto_path
from tests.bench._live import caller, lines, living, quantiles, tick_until

COUNT = 80
APART_S = (1.3, 1.6)
POLLS_MS = (200, 1_000)
CHANNEL = "hp-odu-pwr"


class Load:
    """What the meter shows: everything at zero but one channel, which jumps."""

    def __init__(self, scada: Scada, count: int) -> None:
        self.jumps: dict[int, int] = {}
        """Watts to the moment of the jump, ns; no two jumps have the same watts."""
        self._count = count
        self._chance = random.Random(3)
        self._next_ns = time.monotonic_ns()
        meter = scada.parts.ports.world.meter
        self._shown: Mapping[str, float] = dict.fromkeys(meter._watts(), 0.0)
        meter._watts = lambda: self._shown

    def jump(self) -> None:
        """If it is time."""
        now_ns = time.monotonic_ns()
        if now_ns < self._next_ns or len(self.jumps) >= self._count:
            return
        watts = 500 + 20 * len(self.jumps) if len(self.jumps) % 2 else 5_000 + 20 * len(self.jumps)
        self._shown = {**self._shown, CHANNEL: float(watts)}
        self.jumps[watts] = time.monotonic_ns()
        self._next_ns = now_ns + int(self._chance.uniform(*APART_S) * 1e9)

    def between(self, due_net_ms: int) -> None:
        """Jump at the right moment, even if that lies between two ticks."""
        at_ms = self._next_ns // 1_000_000 + 1
        if at_ms < due_net_ms:
            RealClock().sleep_until(at_ms)
        self.jump()


def main(count: int = COUNT) -> None:
    """Print it."""
    if mosquitto_path() is None:
        print("mosquitto is not installed: nothing measured")
        return
    for poll_ms in POLLS_MS:
        measure(count, poll_ms)


def measure(count: int, poll_ms: int) -> None:
    """Print a line for a meter that is asked this often."""
    with living(poll_ms) as (scada, clock, port):
        tick_until(scada, clock, lambda: scada.parts.links.links["gridworks_mqtt"].pipe.status.state == "up")
        seconds = int(count * APART_S[1]) + 10
        child = caller("power", port, seconds)
        begin = time.monotonic()
        tick_until(scada, clock, lambda: time.monotonic() > begin + 4)
        load = Load(scada, count)
        tick_until(scada, clock, lambda: child.poll() is not None, load.between)
        heard = {watts: at_ns for at_ns, watts in lines(child)}
        lags = [(heard[watts] - at_ns) / 1e6 for watts, at_ns in load.jumps.items() if watts in heard]
        print(f"polled every {poll_ms:4} ms: {len(lags)} of {len(load.jumps)} heard, {quantiles(lags)}")


if __name__ == "__main__":
    main()
