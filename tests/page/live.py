"""A page that lives: stepped by a thread in real time, until it is told to pause or stop."""

from __future__ import annotations

import threading
import time

from tests.page.bench import PageBench

STEP_S = 0.005


class LivePage:
    """Steps a bench; while `paused` it stands still as a program that hangs would."""

    def __init__(self, bench: PageBench) -> None:
        self.bench = bench
        self.paused = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            if not self.paused:
                self.bench.net_ms = time.monotonic_ns() // 1_000_000
                self.bench.turn(steps=1)
            time.sleep(STEP_S)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self.bench.close()
