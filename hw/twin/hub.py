"""The simulated hub: it posts what the wall thermostats say, on change and as a refresh every 300 s."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hw.twin.faults import Pico as PicoFaultKind
from hw.twin.pico import GARBAGE, Mail
from layouts.model import Hub, Zone

REFRESH_MS = 300_000
STEP_F = 0.5
"""The thermostats show half degrees."""

Shown = tuple[float, float, bool]
"""True room °F, setpoint °F, heating."""


class TwinHub:
    """One hub for all zones; `shown(i)` tells what thermostat i senses, is set to and does."""

    def __init__(
        self, hub: Hub, zones: tuple[Zone, ...], shown: Callable[[int], Shown], phases_ms: tuple[int, ...]
    ) -> None:
        """`phases_ms` is each zone's place inside a ten-second window."""
        self.actor = hub.node
        self.generation = 0
        self.refused = 0
        self.fault: PicoFaultKind | None = None
        self._path = "/" + hub.mac.replace(":", "-")
        self._zones = zones
        self._shown = shown
        self._phases_ms = phases_ms
        self._said: list[dict[str, str]] = [{} for _ in zones]
        self._refresh_ms: list[int | None] = [None] * len(zones)
        self._frozen: list[Shown | None] = [None] * len(zones)
        self._fetched: list[dict[str, str]] = [{} for _ in zones]
        self.mute = False
        """Its pushes fail, for example because the address they go to was mistyped; it answers when asked."""

    def plan(self, start_ms: int, end_ms: int, mail: Mail) -> None:
        """Decide what is posted from `start_ms` until `end_ms`."""
        for i, zone in enumerate(self._zones):
            said, values = self._said[i], self._values(i)
            refresh_ms = self._refresh_ms[i]
            refresh = refresh_ms is None or refresh_ms < end_ms
            if refresh:
                self._refresh_ms[i] = start_ms + REFRESH_MS
            elif values == said:
                continue
            for name, value in values.items():
                if refresh or said.get(name) != value:
                    self._post(start_ms + self._phases_ms[i], mail, zone, name, value)
            self._said[i] = values

    def refresh(self, device: str) -> dict[str, str] | None:
        """What a refresh of a device answers: what the one before it fetched. None for no device of ours."""
        for i, zone in enumerate(self._zones):
            if str(zone.hub_device_id) == device:
                before, self._fetched[i] = self._fetched[i] or self._said[i], self._values(i)
                return before
        return None

    def answered(self, kind: str, status: int, body: bytes, mono_ms: int, mail: Mail) -> None:
        """The hub does not look at answers; a post not answered 200 is lost."""
        if status != 200:
            self.refused += 1

    def unheard(self, kind: str) -> None:
        """A lost event is not sent again."""
        self.refused += 1

    def _values(self, i: int) -> dict[str, str]:
        held = self._frozen[i]
        shown = held if held is not None and self.fault is PicoFaultKind.FROZEN else self._shown(i)
        self._frozen[i] = shown
        temp_f, set_f, heating = shown
        return {
            "temperature": str(round(temp_f / STEP_F) * STEP_F),
            "heatingSetpoint": str(round(set_f / STEP_F) * STEP_F),
            "thermostatOperatingState": "heating" if heating else "idle",
        }

    def _post(self, due_ms: int, mail: Mail, zone: Zone, name: str, value: str) -> None:
        if self.mute or self.fault is PicoFaultKind.SILENT:
            return
        device = 0 if self.fault is PicoFaultKind.WRONG_UID else zone.hub_device_id
        body = msgspec.json.encode({"content": {
            "name": name, "value": value, "displayName": f"{zone.name} thermostat", "deviceId": str(device),
            "descriptionText": None, "unit": None if value.isalpha() else "°F", "type": None, "data": None,
        }})  # fmt: skip
        mail.put(due_ms, self, "data", self._path, GARBAGE if self.fault is PicoFaultKind.GARBAGE else body)
