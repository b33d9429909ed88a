"""The computer of a simulated house: as well as can be, unless a test has it otherwise."""

from __future__ import annotations

from states.image import Now

WELL = {"under_voltage": 0.0, "cpu_c": 45.0, "disk_used": 20.0, "clock_age_h": 0.1}


class TwinGauges:
    """Gauges that show `values`; one that is missing there cannot be read."""

    def __init__(self) -> None:
        """All is well."""
        self.values = dict(WELL)

    def read(self, gauge: str, now: Now) -> float:
        """One figure. Raises `OSError` with a sentence."""
        if gauge not in self.values:
            raise OSError(f"The simulated gauge {gauge} cannot be read.")
        return self.values[gauge]
