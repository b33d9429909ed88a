"""The Siegenthaler valve of the simulated house: a slow motor, and what part of the water it keeps.

Kept fraction by seconds of motor time from full send as measured at a house. Coming back, the motor first
takes up the play of the linkage. Source: control facts 4.3.
"""

from __future__ import annotations

from bisect import bisect_right

STOP_S = 96.0
"""The real stop on the keep side."""
PLAY_S = 4.0
CURVE = (
    (27.0, 0.0), (30.0, 0.16), (33.0, 0.32), (36.0, 0.42), (42.0, 0.63),
    (45.0, 0.71), (51.0, 0.82), (54.0, 0.87), (57.0, 1.0),
)  # fmt: skip
_AT = [at for at, _ in CURVE]


def kept(stem_s: float) -> float:
    """Part of the water that is kept, 0 to 1, with the valve that far from full send."""
    i = bisect_right(_AT, stem_s)
    if i == 0:
        return 0.0
    if i == len(CURVE):
        return 1.0
    (a, low), (b, high) = CURVE[i - 1], CURVE[i]
    return low + (high - low) * (stem_s - a) / (b - a)


class SiegValve:
    """Where the motor is, seconds from full send, and the stem, which stays behind on the way back."""

    def __init__(self, mono_ms: int) -> None:
        """At full send, where a house with relays at rest ends up; the motor presses on."""
        self.motor_s = self.stem_s = 0.0
        self._rate = -1.0
        self._at_ms = mono_ms

    def drive(self, mono_ms: int, moving: bool, towards_keep: bool) -> None:
        """From now on the motor runs so."""
        self.at(mono_ms)
        self._rate = (1.0 if towards_keep else -1.0) if moving else 0.0

    def at(self, mono_ms: int) -> float:
        """Kept fraction at that time; it never runs backwards."""
        if mono_ms > self._at_ms:
            moved = self.motor_s + self._rate * (mono_ms - self._at_ms) / 1000.0
            self.motor_s = min(STOP_S, max(0.0, moved))
            self.stem_s = min(self.motor_s + PLAY_S, max(self.motor_s, self.stem_s))
            self._at_ms = mono_ms
        return kept(self.stem_s)
