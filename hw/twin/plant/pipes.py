"""The clamp-on pipe sensors: they follow moving water in seconds and cool to the room in an hour."""

from __future__ import annotations

from math import exp

FOLLOW_S = 15.0
COOL_S = 2400.0

PIPES = (
    "dist-swt", "dist-rwt", "hp-lwt", "hp-ewt", "store-hot-pipe", "store-cold-pipe",
    "buffer-hot-pipe", "buffer-cold-pipe", "sieg-cold",
)  # fmt: skip
"""Order of `Pipes.temps`; the outdoor sensor `oat` needs no lag."""


class Pipes:
    """Sensor temperatures in °C, in the order of `PIPES`. They take no heat from the plant."""

    __slots__ = ("_ambient_c", "_cool", "_follow", "temps")

    def __init__(self, step_s: float, ambient_c: float) -> None:
        """Cold pipes."""
        self._follow = 1.0 - exp(-step_s / FOLLOW_S)
        self._cool = 1.0 - exp(-step_s / COOL_S)
        self._ambient_c = ambient_c
        self.temps = [ambient_c] * len(PIPES)

    def step(self, water: tuple[float | None, ...]) -> None:
        """One step; `water` is what moves through each pipe, None where it stands."""
        follow, cool, ambient_c = self._follow, self._cool, self._ambient_c
        self.temps = [
            t + cool * (ambient_c - t) if w is None else t + follow * (w - t)
            for t, w in zip(self.temps, water, strict=True)
        ]
