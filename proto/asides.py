"""What the ATN says that decides nothing here: remote debugging, glitches of its own, commands we decline.

Each is answered or shown in words, counted, and never more often than a reader can bear.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from layouts.model import House
from layouts.settings import Settings
from proto.outbound import OncePer
from proto.subscriptions import subscriptions
from proto.wire import Malformed, Message, ProactorDbg, ProactorDbgEvent
from proto.wire import commands as c
from proto.wire.readings import Glitch
from proto.words import SCADA_NODE
from states.image import Now, SayGlitch

MAX_WAITING = 20
MAX_TOLD = 20
DEBUG_AGAIN_MS = 10_000
GLITCH_AGAIN_MS = 60_000
DECLINED_AGAIN_MS = 3_600_000
SHOW_SUBSCRIPTIONS = "show_subscriptions"
LEVELS = ("message_summary", "lifecycle", "comm_event", "io_loop")
LEAVE = -1
"""Of a log level: it is left as it is."""
OWN_LOG = "no log level was changed: what the log says is the house's own ([log] level)"
SIEG_NODE = "sieg-loop"
NO_SET_POINT = "the sieg loop has no set point, it sends as soon as the water is hotter than what it fills"
NO_SIEG_LOOP = "this house has no sieg loop"

DECLINED: Mapping[type[Message], str] = {
    c.SetTargetLwt: "A target for the leaving water",
    c.SetLwtControlParams: "Gains of a leaving-water controller",
    c.ResetHpKeepValue: "A keep value to start from",
    c.SiegLoopEndpointValveAdjustment: "Driving the valve to an end",
}
"""Commands to the sieg loop, in words."""


class Asides:
    """Keeps what was heard until the next report; `told` is for people at home."""

    def __init__(self, house: House, settings: Settings, new_id: Callable[[], str]) -> None:
        """`new_id` gives random UUIDs."""
        self._house = house
        self._new_id = new_id
        self._topics = subscriptions(house, settings)
        self._waiting: deque[Message] = deque()
        self._debugs, self._glitches = OncePer(DEBUG_AGAIN_MS), OncePer(GLITCH_AGAIN_MS)
        self._declined = OncePer(DECLINED_AGAIN_MS)
        self.told: deque[tuple[str, str]] = deque(maxlen=MAX_TOLD)
        self.debugs = self.glitches = self.declined = self.dropped = 0

    def hear(self, payload: Message) -> None:
        """Keep it for the next `report`; raises `Malformed` when too many wait."""
        if len(self._waiting) >= MAX_WAITING:
            self.dropped += 1
            raise Malformed("too-much", "More debugging, glitches and refused commands than one tick takes")
        self._waiting.append(payload)

    @property
    def counters(self) -> dict[str, int]:
        """Since the program started."""
        once = (self._debugs, self._glitches, self._declined)
        return {
            "atn_debug_requests": self.debugs,
            "atn_glitches": self.glitches,
            "atn_commands_declined": self.declined,
            "atn_asides_held_back": sum(one.held_back for one in once),
            "atn_asides_dropped": self.dropped,
        }

    def report(self, now: Now) -> tuple[list[ProactorDbgEvent], list[SayGlitch]]:
        """What there is to answer: events and glitches."""
        events: list[ProactorDbgEvent] = []
        glitches: list[SayGlitch] = []
        while self._waiting:
            payload = self._waiting.popleft()
            if isinstance(payload, ProactorDbg):
                self._debug(now, payload, events)
            elif isinstance(payload, Glitch):
                self._show(now, payload)
            else:
                self._decline(now, payload, glitches)
        return events, glitches

    def _debug(self, now: Now, asked: ProactorDbg, events: list[ProactorDbgEvent]) -> None:
        self.debugs += 1
        if not self._debugs.ok(now, asked.command or ""):
            return
        known = asked.command == SHOW_SUBSCRIPTIONS
        words = [f"{link} {topic}" for link, topic in self._topics.items()] if known else []
        if asked.command is not None and not known:
            words.append(f"there is no command {asked.command[:60]!r}, only {SHOW_SUBSCRIPTIONS}")
        if not known or any(level != LEAVE for level in asked.levels.values()):
            words.append(OWN_LOG)
        done = ProactorDbg(levels=dict.fromkeys(LEVELS, LEAVE), command=asked.command if known else None)
        events.append(
            ProactorDbgEvent(
                message_id=self._new_id(),
                time_created_ms=now.wall_ms,
                src=self._house.scada.alias,
                command=done,
                count=len(self._topics) if known else 0,
                msg="; ".join(words),
            )
        )
        self.told.append(("atn-debug", f"the ATN debugs from afar: {asked.command or 'log levels'}"[:200]))

    def _show(self, now: Now, heard: Glitch) -> None:
        """A glitch of the ATN's own is for whoever reads our log."""
        self.glitches += 1
        if self._glitches.ok(now, f"{heard.node} {heard.summary}"[:200]):
            words = f"{heard.summary}: {heard.details}" if heard.details else heard.summary
            self.told.append(("atn-glitch", f"the ATN says ({heard.type}, {heard.node}): {words}"[:300]))

    def _decline(self, now: Now, heard: Message, glitches: list[SayGlitch]) -> None:
        self.declined += 1
        name = heard.type_name
        if not self._declined.ok(now, name):
            return
        why = NO_SET_POINT if self._house.use_sieg_loop else NO_SIEG_LOOP
        words = f"{DECLINED[type(heard)]} ({name}) is not obeyed: {why}"
        node = SIEG_NODE if self._house.use_sieg_loop else SCADA_NODE
        glitches.append(SayGlitch(node, "Warning", f"declined {name}", words))
        self.told.append((f"declined {name}", words))
