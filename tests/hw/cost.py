"""What the dearest step of a driver costs in processor time, to compare a fault with a control."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

TIMES_DEARER = 10
"""A fault's dearest step may be this much dearer than the control's: room for noise, none for more work."""


def dearest_ns(step: Callable[[], None], ticks: int = 150) -> int:
    """The dearest of `ticks` steps, ns of this process; the other side gets its turn between."""
    dearest = 0
    gc.collect()
    gc.disable()
    try:
        for _ in range(ticks):
            begin_ns = time.process_time_ns()
            step()
            dearest = max(dearest, time.process_time_ns() - begin_ns)
            time.sleep(0.001)
    finally:
        gc.enable()
    return dearest


def control_ns(step: Callable[[], None], ticks: int = 150) -> int:
    """The dearest step while all is well: the worse of two rounds."""
    return max(dearest_ns(step, ticks) for _ in range(2))


def fault_ns(step: Callable[[], None], ticks: int = 150) -> int:
    """The dearest step under a fault: the better of two rounds, for noise does not strike twice."""
    return min(dearest_ns(step, ticks) for _ in range(2))
