"""The simulated hub's Maker API: HTTP over a stream in memory, with its stale first answers."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import h11
import msgspec

from hw.bus import Stream
from hw.twin.faults import Pico as PicoFaultKind
from hw.twin.hub import TwinHub

UNIT = {"temperature": "°F", "heatingSetpoint": "°F"}


class HubStream:
    """One connection to the hub, an `hw.bus.Stream`."""

    def __init__(self, answer: Callable[[str], tuple[int, bytes] | None]) -> None:
        """`answer(target)` gives status and body, None for no answer at all."""
        self._answer = answer
        self._http = h11.Connection(h11.SERVER)
        self._outbox = b""
        self._closed = False

    def send(self, data: bytes) -> int:
        """Hand bytes to the hub; it answers at once. Raises `OSError` when the connection is closed."""
        if self._closed:
            raise ConnectionResetError("The connection to the hub is closed.")
        self._http.receive_data(data)
        target = ""
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Request):
                target = event.target.decode()
            elif isinstance(event, h11.EndOfMessage):
                self._reply(self._answer(target))
            else:
                return len(data)

    def recv(self, count: int) -> bytes | None:
        """The answer, None while there is none. Raises `OSError` when the connection is closed."""
        if self._closed:
            raise ConnectionResetError("The connection to the hub is closed.")
        data, self._outbox = self._outbox[:count], self._outbox[count:]
        return data or None

    def close(self) -> None:
        """Hang up; may be called twice."""
        self._closed = True

    def _reply(self, answer: tuple[int, bytes] | None) -> None:
        if answer is None:
            return
        status, body = answer
        headers = [("content-length", str(len(body))), ("content-type", "application/json")]
        for event in (
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self._outbox += self._http.send(event) or b""
        self._http.start_next_cycle()


class HubDoor:
    """The hub's own address as an `hw.bus.StreamPort`."""

    def __init__(self, hub: TwinHub, maker_api_id: int, token: str) -> None:
        """Only who knows `token` is answered."""
        self.words = "not dialled yet"
        self._hub = hub
        self._base = f"/apps/api/{maker_api_id}/devices/"
        self._token = token
        self._open: HubStream | None = None

    def stream(self, net_ms: int) -> Stream | None:
        """A connection, at once, unless the hub is silent."""
        if self._hub.fault is PicoFaultKind.SILENT:
            self.words = "the hub refuses the connection"
            return None
        if self._open is None:
            self._open, self.words = HubStream(self._answer), ""
        return self._open

    def drop(self, net_ms: int, why: str) -> None:
        """Hang up because of `why`."""
        if self._open is not None:
            self._open.close()
            self._open = None
        self.words = why

    def release(self, net_ms: int) -> None:
        """Hang up in good order."""
        self.drop(net_ms, "")

    def renewed(self) -> bool:
        """Never."""
        return False

    def _answer(self, target: str) -> tuple[int, bytes] | None:
        parts = urlsplit(target)
        if parse_qs(parts.query).get("access_token") != [self._token]:
            return 401, b"{}"
        device, _, command = parts.path.removeprefix(self._base).partition("/")
        if not parts.path.startswith(self._base) or command != "refresh":
            return 404, b"{}"
        values = self._hub.refresh(device)
        if values is None:
            return 404, b"{}"
        attributes = [
            {"name": name, "currentValue": value, "dataType": "NUMBER" if name in UNIT else "ENUM"}
            for name, value in values.items()
        ]
        body = {"id": device, "name": "T6", "label": "Thermostat", "type": "T6", "attributes": attributes}
        return 200, msgspec.json.encode(body)
