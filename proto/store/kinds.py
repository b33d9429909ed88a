"""How dear an event is when there is no room for all."""

from __future__ import annotations

READINGS, COMM, KEEP, FOREIGN = range(4)
"""Reports may be thinned, comm events and kinds we do not know dropped; KEEP stays to the very last.

FOREIGN is whatever the second computer sent, be it as dear to itself as it will: it goes before all of ours.
"""
KEPT = frozenset(
    {
        "gridworks.event.startup",
        "gridworks.event.shutdown",
        "gridworks.event.problem",
        "remaining.elec.event",
    }
)
"""Faults, contracts, starts and stops."""


def kind_of(type_name: str, foreign: bool = False) -> int:
    """One of the four, by the event's TypeName and by whose it is."""
    if foreign:
        return FOREIGN
    if type_name == "report.event":
        return READINGS
    return KEEP if type_name in KEPT else COMM
