"""The second computer's side of the local link: it tells the primary what it measures, asks for nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from layouts.model import Channel, House
from layouts.settings import Settings
from layouts.share import SECONDARY, share_of
from proto.outbound import GLITCH_AGAIN_MS, OncePer, Said
from proto.report import Fresh
from proto.watts import Watts
from proto.wire import Event, Incoming, Malformed
from proto.wire.formats import FIRST_S
from proto.wire.readings import Glitch, SyncedReadings
from proto.words import LOCAL, SCADA_NODE, SECOND_NODE
from states.image import Now, Overview, Readbacks, Reading, Readings, Say, SayGlitch, TickList, Weather

QUICK_MS = 10_000
"""A device that delivers less often than this has every sample told."""
PER_S, BURST = 6, 25
"""Messages a second, and at once; the primary rations ten a second and fifty."""


class Teller:
    """When a channel's value is worth telling: the first, a change, and often enough not to grow stale."""

    __slots__ = ("_delta", "_last", "_last_ms", "_period_ms", "node")

    def __init__(self, channel: Channel) -> None:
        """Nothing told yet."""
        self.node = channel.captured_by
        self._delta = channel.async_delta
        self._period_ms = channel.stale_ms * 2 // 5 if channel.sample_period_ms < QUICK_MS else 0
        self._last: int | None = None
        self._last_ms = 0

    def take(self, value: int, mono_ms: int) -> bool:
        """A new good sample; True when it is to be told."""
        last = self._last
        moved = last is None or (self._delta is not None and abs(value - last) >= self._delta)
        if not moved and mono_ms - self._last_ms < self._period_ms:
            return False
        self._last, self._last_ms = value, mono_ms
        return True


class SecondConversation:
    """Has the shape of `Conversation`. What it cannot tell now waits, the newest value of each channel."""

    def __init__(self, house: House, settings: Settings, new_id: Callable[[], str]) -> None:
        """`new_id` is not needed: nothing said here carries an id of its own."""
        self._alias = house.scada.alias
        self._tellers = {c.name: Teller(c) for c in house.channels if c.captured_by in house.second_nodes}
        self._watts = Watts(share_of(house, SECONDARY), settings.report.power_change_fraction)
        self._meter = house.meter.node
        self._glitches = OncePer(GLITCH_AGAIN_MS)
        self.told: deque[tuple[str, str]] = deque(maxlen=1)
        """Nothing for people at home."""
        self.counters: dict[str, int] = {}
        self._latest: dict[str, Reading] = {}
        self._waiting: dict[str, Reading] = {}
        self._allowed = BURST * 1000
        self._net_ms: int | None = None
        self.dropped = 0

    # -------------------------------------------------------------------------------------- hearing

    def admit(self, link: str, incoming: Incoming) -> None:
        """Raise `Malformed` unless the primary speaks, to us."""
        where = incoming.topic
        if (link, where.src, where.dst) != (LOCAL, self._alias, SECOND_NODE):
            raise Malformed("stranger", f"{where.src} speaks to {where.dst} on the {link} link")
        if incoming.src not in (self._alias, SCADA_NODE):
            raise Malformed("stranger", f"{incoming.src} is no sender of the {link} link")

    def hear(self, now: Now, link: str, incoming: Incoming) -> None:
        """The primary may tell what it likes; nobody commands the second computer."""
        self.admit(link, incoming)

    def greet(self, link: str) -> None:
        """The primary has come: it hears the latest of everything again, with the time it was read."""
        self._waiting = dict(self._latest)
        self._watts.again()

    def pass_on(self, tick_lists: tuple[TickList, ...]) -> None:
        """The local link knows no tick lists."""
        self.dropped += len(tick_lists)

    # --------------------------------------------------------------------------------------- saying

    def report(
        self,
        now: Now,
        fresh: Fresh,
        readings: Readings,
        overview: Overview,
        readbacks: Readbacks,
        say: Iterable[Say] = (),
        weather: Weather | None = None,
    ) -> list[Said]:
        """What is to be sent in this tick, power first. Never raises."""
        if now.wall_ms < FIRST_S * 1000:
            return []
        self._take(fresh)
        out: list[Said] = []
        if power := self._watts.due(now):
            out.append(Said(LOCAL, power, src=self._meter))
        for one in say:
            if isinstance(one, SayGlitch) and self._glitches.ok(now, f"{one.node} {one.summary}"):
                out.append(Said(LOCAL, self._glitch(now, one), src=one.node))
        if self._waiting:
            self._tell(now, out)
        return out

    def last_event(self, now: Now) -> Event | None:
        """Nothing is kept for a report."""
        return None

    @property
    def covered(self) -> int:
        """Nothing is kept for a report."""
        return 0

    def lost_event(self, now: Now, samples: Iterable[bytes]) -> Event | None:
        """No earlier run kept anything for a report."""
        return None

    def keep(self, now: Now, put: Callable[[bytes, int], int]) -> None:
        """Nothing is kept for a report."""

    def _take(self, fresh: Fresh) -> None:
        for name, reading in fresh:
            teller = self._tellers.get(name)
            if teller is None or reading.value is None:
                continue
            self._watts.take(name, reading)
            self._latest[name] = reading
            if teller.take(reading.value, reading.mono_ms):
                self._waiting[name] = reading

    def _tell(self, now: Now, out: list[Said]) -> None:
        """Readings of one device and one second go together, the longest waiting first."""
        passed_ms = 0 if self._net_ms is None else now.net_ms - self._net_ms
        self._allowed = min(BURST * 1000, self._allowed + PER_S * passed_ms)
        self._net_ms = now.net_ms
        while self._waiting and self._allowed >= 1000:
            self._allowed -= 1000
            out.append(self._readings(now))

    def _readings(self, now: Now) -> Said:
        """The next message. Times are those of our clock as it stands now, should it have been set since."""
        first, reading = next(iter(self._waiting.items()))
        node, second = self._tellers[first].node, reading.mono_ms // 1000
        group = {
            name: one
            for name, one in self._waiting.items()
            if self._tellers[name].node == node and one.mono_ms // 1000 == second
        }
        for name in group:
            del self._waiting[name]
        message = SyncedReadings(
            channel_name_list=tuple(group),
            value_list=tuple(one.value or 0 for one in group.values()),
            scada_read_time_unix_ms=now.wall_ms - now.mono_ms + min(one.mono_ms for one in group.values()),
        )
        return Said(LOCAL, message, src=node)

    def _glitch(self, now: Now, say: SayGlitch) -> Glitch:
        return Glitch(
            from_g_node_alias=self._alias,
            node=say.node,
            type=say.level,  # type: ignore[arg-type] # checked before it is sent
            summary=say.summary,
            details=say.details,
            created_ms=now.wall_ms,
        )
