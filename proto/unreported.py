"""Samples that no report carries yet: handed to the store every ten seconds, and found again by the next run.

A power cut costs the last ten seconds of readings, not the slot of five minutes that was not over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from proto.capture import FIRST_MS, LAST_MS, MAX_SAMPLES
from proto.store.frames import UNREADABLE
from states.image import Now

EVERY_MS = 10_000

Samples = dict[str, tuple[list[int], list[int]]]
"""Channel: times (Unix ms) and values (the wire's integers), in the order in which they were captured."""

_decoder = msgspec.msgpack.Decoder(Samples)


class Unreported:
    """What was captured since the last chunk; `mark` is the store's mark of that chunk, 0 for none."""

    def __init__(self) -> None:
        self.mark = 0
        self._samples: Samples = {}
        self._due_net_ms = 0

    def note(self, channel: str, value: int, wall_ms: int) -> None:
        """A sample was captured."""
        times, values = self._samples.setdefault(channel, ([], []))
        times.append(wall_ms)
        values.append(value)

    def reported(self) -> None:
        """A report carries everything that was captured so far."""
        self._samples = {}

    def due(self, now: Now) -> bytes:
        """What the store should keep now; empty when it is too early or there is nothing."""
        if not self._samples or now.net_ms < self._due_net_ms:
            return b""
        self._due_net_ms = now.net_ms + EVERY_MS
        chunk, self._samples = msgspec.msgpack.encode(self._samples), {}
        return chunk


def read(chunks: Iterable[bytes], known: Collection[str]) -> Mapping[str, tuple[list[int], list[int]]]:
    """Times and values of the `known` channels in the chunks of an earlier run, oldest first.

    A chunk that makes no sense is passed over; of a channel with too many samples the newest are taken.
    """
    found: Samples = {}
    for chunk in chunks:
        try:
            samples = _decoder.decode(chunk)
        except UNREADABLE:
            continue
        for channel, (times, values) in samples.items():
            if channel not in known or len(times) != len(values):
                continue
            if not all(FIRST_MS <= time_ms <= LAST_MS for time_ms in times):
                continue
            before = found.setdefault(channel, ([], []))
            before[0].extend(times)
            before[1].extend(values)
    return {name: (times[-MAX_SAMPLES:], values[-MAX_SAMPLES:]) for name, (times, values) in found.items()}
