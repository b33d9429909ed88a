"""Asks the hub for a thermostat that has not been heard of for long: at start, and when its pushes fail.

Source: Hubitat Maker API, `GET .../devices/{id}/refresh`. The answer to a refresh carries what the *previous*
one fetched, so each thermostat is asked twice back to back and only the second answer counts. The access
token stands in the path of a question and nowhere else: no sentence of this file shows a path.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from hw.bus import StreamPort
from hw.device import Device
from hw.http_client import HttpClient, HttpError, HttpReply
from hw.hubitat import Content, HubModule
from hw.latest import Latest
from hw.nesting import TOO_DEEP, too_deep
from hw.pico.module import WRONG_BODY, Refused
from layouts.model import House, Zone
from states.image import Now, Reading

DEADLINE_MS = 10_000
"""For each of the two answers."""
MOST_BYTES = 65_536
RETRY_MS = 60_000
"""No thermostat is asked for more often, so that each gets its turn, whatever the hub says of one."""
_STATUS_WORDS = {
    401: "the access token is not accepted",
    403: "the access token is not accepted",
    404: "it has no such device, or another number of the Maker API",
}


class Attribute(Struct):
    """One attribute of a device; others than ours may carry anything."""

    name: str
    value: Any = field(name="currentValue", default=None)


class HubDevice(Struct):
    """A device as the hub tells of it."""

    id: str | int
    attributes: list[Attribute]


class HubPoll:
    """Asks for one thermostat at a time. Its health is in `device`; readings go to `latest`."""

    def __init__(
        self, house: House, port: StreamPort, hub: HubModule, token: str, poll_s: int, latest: Latest
    ) -> None:
        """`hub` knows when each thermostat was last heard of; `token` opens the Maker API."""
        self.device = Device(f"{house.hub.node} poll", network=True)
        self.polls = 0
        self._host = house.hub.host
        self._zones = house.zones
        self._hub = hub
        self._latest = latest
        self._poll_ms = 1000 * poll_s
        host = house.hub.host if house.hub.port == 80 else f"{house.hub.host}:{house.hub.port}"
        self._client = HttpClient(port, host, deadline_ms=DEADLINE_MS, most_bytes=MOST_BYTES)
        base, self._query = (
            f"/apps/api/{house.hub.maker_api_id}/devices",
            f"access_token={quote(token, safe='')}",
        )
        self._paths = {
            zone.node: f"{base}/{zone.hub_device_id}/refresh?{self._query}" for zone in house.zones
        }
        self._asked: Zone | None = None
        self._second = False
        self._tried_ms: dict[str, int] = {}

    def step(self, now: Now) -> None:
        """One tick's worth of asking; never waits."""
        zone = self._asked
        if zone is None:
            if not self.device.waiting(now):
                self._begin(now)
            return
        try:
            reply = self._client.step(now.net_ms)
        except HttpError as error:
            self._fail(now, str(error))
            return
        if reply is None:
            return
        if reply.status != 200:
            words = _STATUS_WORDS.get(reply.status, "that is no answer to a refresh")
            self._fail(now, f"{self._host} answers {reply.status}: {words}.")
        elif not self._second:
            self._second = True
            self._client.ask(self._paths[zone.node], now.net_ms)
        else:
            self._take(zone, reply, now)

    def _begin(self, now: Now) -> None:
        zone = min(self._zones, key=self._due_ms)
        if now.mono_ms < self._due_ms(zone):
            return
        self._asked, self._second = zone, False
        self._tried_ms[zone.node] = now.mono_ms + RETRY_MS
        self.polls += 1
        self._client.ask(self._paths[zone.node], now.net_ms)

    def _due_ms(self, zone: Zone) -> int:
        """House time from which a thermostat is to be asked for: at once if never heard of.

        Both its temperature and its setpoint must have been heard of; a thermostat tells only of changes.
        """
        heard = (self._hub.heard_ms.get(f"{zone.node}-{what}") for what in ("temp", "set"))
        due = min((0 if ms is None else ms + self._poll_ms) for ms in heard)
        return max(due, self._tried_ms.get(zone.node, 0))

    def _fail(self, now: Now, words: str) -> None:
        self._asked = None
        self.device.bad(now, words)

    def _take(self, zone: Zone, reply: HttpReply, now: Now) -> None:
        """Use the answer; whatever is wrong with it is a sentence and a failed poll."""
        try:
            if too_deep(reply.body):
                raise ValueError(TOO_DEEP)
            self._use(zone, msgspec.json.decode(reply.body, type=HubDevice), now)
        except WRONG_BODY as error:
            words = f"what it tells of {zone.node} cannot be read ({error!s:.80})"
            self._fail(now, f"{self._host}: {words}.")

    def _use(self, zone: Zone, found: HubDevice, now: Now) -> None:
        if str(found.id) != str(zone.hub_device_id):
            self._fail(now, f"{self._host} tells of device {found.id!s:.40}, not {zone.hub_device_id}.")
            return
        self._asked = None
        words = self._read(found, now)
        if self._hub.heard_ms.get(f"{zone.node}-temp") != now.mono_ms:
            self._fail(now, words or f"{self._host} says nothing of {zone.node} that we use.")
        else:
            self.device.good(words)

    def _read(self, found: HubDevice, now: Now) -> str:
        """Publish what can be used; a sentence on what cannot, else empty."""
        words = ""
        for attribute in found.attributes:
            if attribute.value is None:
                continue
            content = Content(attribute.name, attribute.value, found.id)
            try:
                sample = self._hub.understand(content, now)
            except Refused as refused:
                words = str(refused)
                continue
            if sample is not None:
                channel, value = sample
                self._latest.put(channel, Reading(value, now.mono_ms, now.wall_ms))
        return words
