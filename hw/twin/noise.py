"""Randomness of the simulated house: seeded, the same on every machine and in every process."""

from __future__ import annotations

from zlib import crc32

_MASK = (1 << 64) - 1


def mix(*parts: int) -> int:
    """64 well-mixed bits from integers (splitmix64 finaliser applied after each part)."""
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = (state + (part & _MASK) + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def unit(*parts: int) -> float:
    """A number in [-1, 1) that belongs to these integers for ever."""
    return mix(*parts) / 2.0**63 - 1.0


def name_seed(seed: int, name: str) -> int:
    """A seed of its own for the part called `name`."""
    return mix(seed, crc32(name.encode()))


class Noise:
    """A cheap stream of numbers in [-1, 1): a 64-bit congruential generator, its high bits used."""

    __slots__ = ("_state",)

    def __init__(self, seed: int, name: str) -> None:
        """The stream of the part `name` in the house of `seed`."""
        self._state = name_seed(seed, name)

    def next(self) -> float:
        """The next number in [-1, 1)."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return (self._state >> 11) / 4503599627370496.0 - 1.0


def smooth(seed: int, place: float) -> float:
    """Smooth random curve in [-1, 1]: values at whole places, cosine-like blend between them."""
    left = int(place // 1.0)
    share = place - left
    blend = share * share * (3.0 - 2.0 * share)
    before = unit(seed, left)
    return before + (unit(seed, left + 1) - before) * blend
