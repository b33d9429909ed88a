"""The forecast of the national weather service, asked once an hour; what it does not say is filled in here.

Of every field of every hour the best that is known counts: the newest answer, else the answer before it,
else the same hour of the day before, else the hour beside it, else the coldest of the month without wind. An
answer older than two days counts for nothing. Asking is done in slices (`hw/dial.py`, `hw/http_client.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from hw.bus import StreamPort
from hw.device import Device, DeviceStatus
from hw.hourly import HOUR_S
from hw.http_client import HttpClient, HttpError, HttpReply
from hw.nws import HOST, Fields, Hours, path_on, points_path, read_hourly, read_points
from hw.weather import HORIZON_H, ColdestOfMonth
from states.image import Now, Weather

SOURCE = "nws"
DEADLINE_MS = 60_000
"""Real time for one answer, from the lookup of the name to its last byte."""
MOST_BYTES = 524_288
"""An hourly forecast has about 150 kB."""
POLL_MS = 3_600_000
RETRY_MS = 30_000
"""Real time before the first retry; the wait grows to 300 s."""
ROOM_MS = 900_000
"""After an answer that asks for patience."""
PLACE_MS = 86_400_000
"""The address of a place's forecast seldom changes; it is asked for again after a day."""
MAX_AGE_MS = 48 * 3_600_000
REDIRECTS = 3
_MOVED = (301, 302, 303, 307, 308)
_PATIENCE = (403, 429, 503)
_STATUS_WORDS = {
    403: "it does not want us; see [weather] contact",
    404: "it knows no such place; see [site] latitude and longitude",
    429: "it is asked too often",
}
_KEPT_H = 24
"""Hours of the past that are kept: to fill the same hour of the next day."""
_AHEAD_H = 240


class Kept(Struct, frozen=True):
    """What survives a restart: when the answer was made, and its fields by hour since 1970 UTC."""

    made_ms: int
    hours: dict[int, Fields]


class NwsForecast:
    """A forecast port like `hw.weather.Forecast`. `device` is the health of the service, as we see it."""

    def __init__(self, port: StreamPort, latitude: float, longitude: float, contact: str) -> None:
        """`port` leads to the service; `contact` is what it is told of us."""
        self.device = Device("weather service", network=True)
        self.polls = self.answers = self.redirects = 0
        agent = ("user-agent", f"spaceheat-scada ({contact})")
        accept = ("accept", "application/geo+json")
        headers = (agent, accept)
        self._client = HttpClient(port, HOST, deadline_ms=DEADLINE_MS, most_bytes=MOST_BYTES, headers=headers)
        self._port = port
        self._points = points_path(latitude, longitude)
        self._hourly = ""
        self._place_ms = 0
        self._due_ms = 0
        self._hops = 0
        self._asked_points = False
        self._kept: Kept | None = None
        self._unsaved = False
        self._last = ColdestOfMonth()
        self._issued: int | None = None
        self._weather: Weather | None = None

    def forecast(self, now: Now) -> Weather | None:
        """48 hours from the next whole hour on, made anew with every answer and every hour; never waits."""
        self._step(now)
        issued = now.wall_ms // 1000 // HOUR_S
        if issued != self._issued:
            self._issued = issued
            self._weather = self._make(issued + 1, now.wall_ms)
        return self._weather

    def devices(self) -> Mapping[str, DeviceStatus]:
        """The service."""
        return {self.device.name: self.device.status}

    @property
    def counters(self) -> Mapping[str, int]:
        """Counts since start."""
        return {
            "weather_polls": self.polls,
            "weather_answers": self.answers,
            "weather_redirects": self.redirects,
        }

    def record(self) -> bytes | None:
        """What must survive a restart, once after each answer."""
        if not self._unsaved or self._kept is None:
            return None
        self._unsaved = False
        return msgspec.json.encode(self._kept)

    def recall(self, raw: bytes | None) -> str:
        """Take up what an earlier run kept; a sentence when it cannot be used."""
        if raw is None:
            return ""
        try:
            self._kept = msgspec.json.decode(raw, type=Kept)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return f"The stored weather forecast cannot be read ({error}); starting without it."
        self._issued = None
        return ""

    # ----------------------------------------------------------------------------------------- asking

    def _step(self, now: Now) -> None:
        if not self._client.busy:
            if now.net_ms >= self._due_ms and not self.device.waiting(now):
                self._begin(now)
            return
        try:
            reply = self._client.step(now.net_ms)
            if reply is not None:
                self._take(reply, now)
        except HttpError as error:
            self._fail(now, str(error), RETRY_MS)
        except ValueError as error:
            self._fail(now, f"{HOST}: {error}", RETRY_MS)

    def _begin(self, now: Now) -> None:
        self.polls += 1
        self._due_ms = now.net_ms + POLL_MS
        if self._hourly and now.net_ms < self._place_ms:
            self._ask(self._hourly, now, points=False)
        else:
            self._ask(self._points, now, points=True)

    def _ask(self, path: str, now: Now, *, points: bool) -> None:
        self._asked_points, self._hops = points, 0
        self._client.ask(path, now.net_ms)

    def _take(self, reply: HttpReply, now: Now) -> None:
        if reply.status in _MOVED:
            self._follow(reply.location, now)
        elif reply.status != 200:
            if not self._asked_points:
                self._hourly = ""
            words = _STATUS_WORDS.get(reply.status, "that is no forecast")
            wait_ms = ROOM_MS if reply.status in _PATIENCE else RETRY_MS
            self._fail(now, f"{HOST} answers {reply.status}: {words}.", wait_ms)
        elif self._asked_points:
            self._hourly = path_on(HOST, read_points(reply.body))
            self._place_ms = now.net_ms + PLACE_MS
            self._ask(self._hourly, now, points=False)
        else:
            self._keep(reply.body, now)
            self._port.release(now.net_ms)
            self.device.good()

    def _follow(self, location: str, now: Now) -> None:
        path = path_on(HOST, location)
        self._hops += 1
        self.redirects += 1
        if self._hops > REDIRECTS:
            raise ValueError("it redirects in a circle.")
        self._client.ask(path, now.net_ms)

    def _fail(self, now: Now, words: str, wait_ms: int) -> None:
        self._port.drop(now.net_ms, words)
        self.device.bad(now, words)
        self._due_ms = now.net_ms + wait_ms

    # ---------------------------------------------------------------------------------------- filling

    def _keep(self, body: bytes, now: Now) -> None:
        """The new answer over what is left of the old one, field by field."""
        found = read_hourly(body)
        made_ms = now.wall_ms if found.made_ms is None else min(found.made_ms, now.wall_ms)
        hour = now.wall_ms // 1000 // HOUR_S
        old = self._kept.hours if self._kept is not None else {}
        hours = {index: fields for index, fields in old.items() if index >= hour - _KEPT_H}
        for index, (temp_f, mph) in found.hours.items():
            if not hour - _KEPT_H <= index < hour + _AHEAD_H:
                continue
            before = hours.get(index, (None, None))
            hours[index] = (
                before[0] if temp_f is None else temp_f,
                before[1] if mph is None else mph,
            )
        self._kept, self._unsaved, self._issued = Kept(made_ms, hours), True, None
        self.answers += 1

    def _make(self, first: int, wall_ms: int) -> Weather:
        kept = self._kept
        if kept is None or not -POLL_MS <= wall_ms - kept.made_ms <= MAX_AGE_MS:
            kept = Kept(wall_ms, {})
        source = (
            SOURCE if any(first <= index < first + HORIZON_H for index in kept.hours) else self._last.source
        )
        hours = range(first, first + HORIZON_H)
        temps = _filled(kept.hours, hours, 0, [self._last.hour(index)[0] for index in hours])
        winds = _filled(kept.hours, hours, 1, [self._last.hour(index)[1] for index in hours])
        made_ms = kept.made_ms if source == SOURCE else wall_ms
        uid = f"{source} {made_ms} {self.answers} {first}"
        return Weather(source, made_ms, first * HOUR_S, temps, winds, uid)


def _filled(known: Hours, hours: range, field: int, last: list[float]) -> tuple[float, ...]:
    """One field for every hour, from what is known of it, else `last`.

    Where it is not known: of the day before, of the hour before, and at the beginning of the next that is.
    """

    def said(index: int) -> float | None:
        return known.get(index, (None, None))[field]

    ahead = next((value for index in hours if (value := said(index)) is not None), None)
    if ahead is None:
        return tuple(last)
    made: dict[int, float] = {}
    for index in hours:
        ways = (said(index), said(index - 24), made.get(index - 1), ahead)
        made[index] = next(value for value in ways if value is not None)
    return tuple(round(value, 2 if field == 0 else 1) for value in made.values())
