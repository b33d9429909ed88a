"""A stopwatch for tests that ask whether a tick waits: it stands still while others have the processor."""

from __future__ import annotations

import time
from pathlib import Path

_QUEUE = Path("/proc/thread-self/schedstat")


def own_time_ns() -> int:
    """What the calling thread worked and slept, ns, without what it stood in the queue for a core.

    A call that blocks shows in full, a busy machine does not. Where the kernel keeps no account of the queue,
    all time counts.
    """
    now_ns = time.perf_counter_ns()
    try:
        return now_ns - int(_QUEUE.read_bytes().split()[1])
    except (OSError, IndexError):
        return now_ns
