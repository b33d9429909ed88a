"""What a peer sent that was not taken: counted per cause, and told once per cause and hour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

AGAIN_MS = 3_600_000
MAX_CAUSES = 50
OTHER = "other"
"""Counts what comes after so many different causes."""


class Refusals:
    """Counts by cause; `note` says whether this one should be told."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._told_net_ms: dict[str, int] = {}

    def note(self, cause: str, net_ms: int) -> bool:
        """Count a refusal; True when nobody has been told of this cause within the hour."""
        if cause not in self._counts and len(self._counts) >= MAX_CAUSES:
            cause = OTHER
        self._counts[cause] = self._counts.get(cause, 0) + 1
        told = self._told_net_ms.get(cause)
        if told is not None and net_ms - told < AGAIN_MS:
            return False
        self._told_net_ms[cause] = net_ms
        return True

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each cause has occurred."""
        return MappingProxyType(self._counts)
