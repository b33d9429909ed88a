"""How dear an event is when there is no room for all."""

from __future__ import annotations

READINGS, COMM, KEEP = 0, 1, 2
"""Reports may be thinned, comm events dropped, everything else stays until it is acked."""


def kind_of(type_name: str) -> int:
    """READINGS, COMM or KEEP, by the event's TypeName."""
    if type_name == "report.event":
        return READINGS
    return COMM if type_name.startswith("gridworks.event.comm.") else KEEP
