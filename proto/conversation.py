"""The conversation of one house: what it hears from every link, and everything it says in a tick."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from layouts.model import House
from layouts.settings import Settings
from proto.asides import Asides
from proto.forecasts import heating_forecast, weather_forecast
from proto.inbound import Inbound
from proto.layout_lite import WireLayout
from proto.outbound import Outbound, Said
from proto.report import Fresh, Recorder
from proto.tick_lists import tick_report
from proto.understood import (
    CAPABILITIES,
    LAYOUT,
    SNAPSHOT,
    Aside,
    Ask,
    Command,
    PassOn,
    SecondPower,
    SecondReadings,
    Understood,
)
from proto.wire import Event, IllegalMessage, Incoming, Malformed, Message
from proto.wire.events import dated
from proto.wire.readings import SingleReading
from proto.words import ADMIN, ADMIN_NAME, UPSTREAM
from states.image import Heard, HouseParams, Now, Overview, Readbacks, Readings, Say, TickList, Weather

HEAT_HOURS = 24
"""Of `heating.forecast`."""
MAX_WAITING = 50
"""Questions and passed-on messages kept for the next tick; more are refused and counted."""


class Conversation:
    """Understands what comes in between ticks, and says once a tick what there is to say."""

    def __init__(self, house: House, settings: Settings, new_id: Callable[[], str]) -> None:
        """`new_id` gives random UUIDs (version 4, lower case)."""
        self.recorder = Recorder(house, settings.report, new_id)
        self.outbound = Outbound(house, new_id)
        self._house = house
        self._new_id = new_id
        self._inbound = Inbound(house)
        self._layout = WireLayout(house, settings)
        self._asks: list[Ask] = []
        self._tick_lists: tuple[TickList, ...] = ()
        self._pass_on: deque[Message] = deque()
        self._foreign: list[str] = []
        """Channels the second computer sent that are none of its channels."""
        self._overview: Overview | None = None
        self._tree: Mapping[str, str] = {}
        self._weather: Weather | None = None
        self._weather_uid = ""
        self._heat_told: tuple[int, HouseParams] | None = None
        self._params = HouseParams()
        self._asides = Asides(house, settings, new_id)
        self.told = self._asides.told
        """Cause and words, for people at home; whoever shows them takes them away."""
        self.dropped = 0

    @property
    def counters(self) -> dict[str, int]:
        """Since the program started."""
        return self._asides.counters

    # -------------------------------------------------------------------------------------- hearing

    def admit(self, link: str, incoming: Incoming) -> None:
        """Raise `Malformed` unless the message comes from the link's peer; then it also is a sign of life."""
        self._inbound.admit(link, incoming)

    def hear(self, now: Now, link: str, incoming: Incoming) -> Heard | SecondReadings | None:
        """What a message is for control or the readings; None: there is nothing to decide.

        Raises `Malformed` (and nothing else) for a message from a stranger, one that is not for us, or one
        that makes no sense for this house. Questions are answered by the next `report`.
        """
        self._inbound.admit(link, incoming)
        try:
            found = self._inbound.understand(link, incoming, self._params)
        except Malformed:
            if link == ADMIN and (node := self._inbound.actuator_of(incoming.payload)):
                self.recorder.expect_move(now, node)
            raise
        if isinstance(found, Command):
            if found.actuator:
                self.recorder.expect_move(now, found.actuator, found.trigger_id)
            return found.heard
        if isinstance(found, PassOn):
            self._note_pass_on(dated(found.payload, now.wall_ms))
            return None
        return self._note(found)

    def _note(self, found: Understood | None) -> SecondReadings | None:
        """Keep for the next `report` what is not for control; readings go on to the rig."""
        if isinstance(found, Ask):
            self._note_ask(found)
        elif isinstance(found, Aside):
            self._asides.hear(found.payload)
        elif isinstance(found, SecondPower):
            self.recorder.power_elsewhere(found.watts)
        elif isinstance(found, SecondReadings):
            self._foreign += found.unknown[: MAX_WAITING - len(self._foreign)]
            return found
        return None

    def _note_ask(self, ask: Ask) -> None:
        """A question that is already waiting is not asked twice."""
        if ask not in self._asks:
            self._asks.append(ask)

    def _note_pass_on(self, payload: Message) -> None:
        if len(self._pass_on) >= MAX_WAITING:
            self.dropped += 1
            raise Malformed("too-much", "More messages to pass on than one tick takes")
        self._pass_on.append(payload)

    def greet(self, link: str) -> None:
        """A peer has come: the ATN gets the layout, the state and the power, unasked."""
        if link == UPSTREAM:
            self._note_ask(Ask(UPSTREAM, LAYOUT))
            self._note_ask(Ask(UPSTREAM, SNAPSHOT))
            self.recorder.say_power_again()

    def pass_on(self, tick_lists: tuple[TickList, ...]) -> None:
        """Tick lists that the ATN shall have: the next `report` says them, once."""
        self._tick_lists = tick_lists

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
        """Record the tick and return what is to be sent, in order. Never raises."""
        recorder = self.recorder
        recorder.record(now, fresh, readings, overview, readbacks)
        self._overview, self._params = overview, overview.params
        out: list[Said] = []
        for wish in say:
            if said := self.outbound.say(now, wish):
                out.append(said)
        if overview.tree is not self._tree:
            self._note_tree(now, overview.tree, out)
        for change in recorder.changes():
            reading = SingleReading(
                channel_name=change.channel, value=change.value, scada_read_time_unix_ms=change.wall_ms
            )
            out.append(Said(ADMIN, reading))
            if change.report is not None and change.boss == ADMIN_NAME:
                out.append(Said(ADMIN, change.report))
        self._say_asides(now, out)
        self._say_what_is_due(now, out)
        for heard in self._tick_lists:
            self._make(now, UPSTREAM, partial(tick_report, self._house, heard), out)
        self._tick_lists = ()
        if self._pass_on:
            out += [Said(UPSTREAM, payload) for payload in self._pass_on]
            self._pass_on.clear()
        if self._foreign:
            self._tell_foreign(now, out)
        if weather is not None and weather is not self._weather:
            self._weather, self._weather_uid = weather, self._new_id()
            uid = self._weather_uid
            self._make(now, UPSTREAM, lambda: weather_forecast(self._house, weather, uid), out)
        self._tell_heat(now, overview, out)
        if self._asks:
            self._answer(now, out)
        return out

    def _tell_heat(self, now: Now, overview: Overview, out: list[Said]) -> None:
        """Hourly, and when the parameters change: what heat the hours ahead will take."""
        heat, weather, uid = overview.heat, self._weather, self._weather_uid
        if heat is None or weather is None or len(heat.start_s) != HEAT_HOURS:
            return
        told = (heat.start_s[0], overview.params)
        if told != self._heat_told:
            self._heat_told = told
            self._make(now, UPSTREAM, lambda: heating_forecast(self._house, weather, uid, heat), out)

    def _say_what_is_due(self, now: Now, out: list[Said]) -> None:
        recorder = self.recorder
        if power := recorder.power_watts(now):
            out.append(Said(UPSTREAM, power))
        if snapshot := recorder.snapshot_due(now):
            out += [Said(UPSTREAM, snapshot), Said(ADMIN, snapshot)]
        if event := recorder.report_due(now):
            out.append(Said(UPSTREAM, event, urgent=True, covers=self.covered))

    def _say_asides(self, now: Now, out: list[Said]) -> None:
        events, glitches = self._asides.report(now)
        out += [Said(UPSTREAM, event) for event in events]
        out += [made for glitch in glitches if (made := self.outbound.say(now, glitch))]

    def _tell_foreign(self, now: Now, out: list[Said]) -> None:
        names, self._foreign = sorted(set(self._foreign)), []
        words = f"The second computer also sends {', '.join(names)}; the layout does not let it measure that"
        if said := self.outbound.problem(now, "second-channels", words, error=False):
            out.append(said)

    def last_event(self, now: Now) -> Event | None:
        """The report of the slot so far, because the program stops."""
        return self.recorder.flush(now)

    @property
    def covered(self) -> int:
        """The store's mark of the samples that the latest report carries."""
        return self.recorder.unreported.mark

    def lost_event(self, now: Now, samples: Iterable[bytes]) -> Event | None:
        """The report that an earlier run did not come to make, of the samples it had given to the store."""
        return self.recorder.recover(now, samples)

    def keep(self, now: Now, put: Callable[[bytes, int], int]) -> None:
        """Give the store what no report carries yet, when it is time; `put` returns its mark."""
        unreported = self.recorder.unreported
        if chunk := unreported.due(now):
            unreported.mark = put(chunk, now.wall_ms)

    def _note_tree(self, now: Now, tree: Mapping[str, str], out: list[Said]) -> None:
        """The first tree goes out with the layout; every other one at once."""
        before, self._tree = self._tree, tree
        if before and before != tree:
            self._make(now, UPSTREAM, lambda: self._layout.command_tree(now.wall_ms, tree), out)

    def _answer(self, now: Now, out: list[Said]) -> None:
        makers: dict[str, Callable[[], Message]] = {
            SNAPSHOT: lambda: self.recorder.snapshot(now),
            LAYOUT: lambda: self._layout.layout_lite(now.wall_ms, self._new_id(), self._tree, self._params),
            CAPABILITIES: lambda: self._layout.capabilities(now.wall_ms),
        }
        asks, self._asks = self._asks, []
        for ask in asks:
            self._make(now, ask.link, makers[ask.what], out)

    def _make(self, now: Now, link: str, maker: Callable[[], Message], out: list[Said]) -> None:
        """Add a message; one that breaks its own axioms becomes a problem event."""
        try:
            out.append(Said(link, maker()))
        except IllegalMessage as error:
            self.outbound.illegal += 1
            summary = f"We nearly sent an illegal message: {error}"
            if said := self.outbound.problem(now, f"illegal {str(error)[:60]}", summary):
                out.append(said)
