"""How dear an event is when there is no room for all."""

from __future__ import annotations

READINGS, COMM, KEEP = 0, 1, 2
"""Reports may be thinned, comm events and kinds we do not know dropped; the rest stays to the very last."""
KEPT = frozenset(
    {
        "gridworks.event.startup",
        "gridworks.event.shutdown",
        "gridworks.event.problem",
        "remaining.elec.event",
    }
)
"""Faults, contracts, starts and stops."""


def kind_of(type_name: str) -> int:
    """READINGS, COMM or KEEP, by the event's TypeName."""
    if type_name == "report.event":
        return READINGS
    return KEEP if type_name in KEPT else COMM
