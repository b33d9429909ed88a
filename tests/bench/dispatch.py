"""Dispatch on the wire to relay written, at ticks of 100 ms: an admin's, and a contract's. Aim: 105 ms.

The program runs on the real clock with a mosquitto and its store on the disk; who commands is a process of
its own, at times anywhere within a tick. The clock stops when the boards have been written in the tick that
heard the command.
"""

from __future__ import annotations

import time
from typing import Any

from scada import Scada
from states.image import HeardAdmin, HeardHeartbeat, Image
from tests.atn.broker import mosquitto_path
from tests.bench._live import caller, lines, living, quantiles, tick_until

COUNT = 120
LOOK_AROUND_S = 65.0
"""After a start the house takes no contract for a minute."""


class Written:
    """Notes when commands of a kind have been heard and the boards written, and what that changed."""

    def __init__(self, scada: Scada, kind: type[Any]) -> None:
        self.at_ns: list[int] = []
        self.moved = self.paths = 0
        """Ticks in which a relay moved, in which the house went another way."""
        self._path = ""
        self._scada, self._kind = scada, kind
        self._image: Image | None = None
        self._read, self._write = scada.read, scada.parts.rig.write
        scada.read = self._note_read  # type: ignore[method-assign]
        scada.parts.rig.write = self._note_write  # type: ignore[method-assign]

    def _note_read(self, now: Any) -> Any:
        self._path = self._scada.state.path
        read, self._image = self._read(now)
        return read, self._image

    def _note_write(self, outputs: Any, now: Any) -> Any:
        before = {node: back.value for node, back in self._scada.readbacks.items()}
        found = self._write(outputs, now)
        after_ns = time.monotonic_ns()
        heard = [one for one in self._image.heard if isinstance(one, self._kind)] if self._image else []
        if heard:
            self.at_ns += [after_ns] * len(heard)
            self.paths += self._scada.state.path != self._path
            self.moved += any(back.value != before[node] for node, back in found.items())
        return found


def measure(kind: str, heard: type[Any], count: int) -> None:
    """Print a line for one kind of command."""
    with living() as (scada, clock, port):
        links = scada.parts.links.links
        tick_until(scada, clock, lambda: all(link.pipe.status.state == "up" for link in links.values()))
        begin = time.monotonic()
        tick_until(scada, clock, lambda: time.monotonic() > begin + LOOK_AROUND_S)
        written = Written(scada, heard)
        child = caller(kind, port, count)
        tick_until(scada, clock, lambda: child.poll() is not None)
        said_ns = lines(child)
        assert len(said_ns) == len(written.at_ns) == count, (len(said_ns), len(written.at_ns))
        lags = [(done - said) / 1e6 for said, done in zip(said_ns, written.at_ns, strict=True)]
        print(
            f"{kind:9} {quantiles(lags)}; of {count}, {written.moved} moved a relay "
            f"and {written.paths} changed the strategy in that very tick",
            flush=True,
        )
        figures = scada.ledger.figures()
        print(f"          ticks: p99.9 {figures['p999_ms']:.1f} ms, skipped {figures['skipped']:.0f}")


def main(count: int = COUNT) -> None:
    """Print both."""
    if mosquitto_path() is None:
        print("mosquitto is not installed: nothing measured")
        return
    measure("admin", HeardAdmin, count)
    measure("contract", HeardHeartbeat, count)


if __name__ == "__main__":
    main()
