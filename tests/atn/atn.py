"""A local ATN: acks what must be acked, offers hourly contracts by a price rule, says what it sees.

It behaves towards a SCADA as the leaf transactive node of 2026 does (wire facts 5.3): Created at the top of
the hour and again every minute until answered, then Active every minute, CompletedUnknownOutcome at the end.
Stepped like everything else: no threads, time handed in, the pipe is any pipe.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from msgspec import Struct

from proto.pipe import Pipe
from proto.wire import Ack, Incoming, Limits, Malformed, Message, Ping, decode, encode, topic
from proto.wire.commands import SendLayout
from proto.wire.contracts import SlowContractHeartbeat, SlowDispatchContract
from proto.wire.readings import PowerWatts, ReportEvent, SnapshotSpaceheat
from states.image import Now
from tests.atn.rule import OutlookSource, PriceRule

MAX_PACKET_BYTES = 512 * 1024
"""A house describes itself in one message; ours need 67 and 74 kB."""
BIG = Limits(max_bytes=MAX_PACKET_BYTES)
HEARTBEAT_MS = 60_000
CREATION_WINDOW_S = 10
PING_NET_MS = 60_000
HOUR_S = 3600
RUNNING_W = 1200
ALIVE = ("Created", "Received", "Active")


class Seen(Struct):
    """What the ATN knows of the house."""

    messages: int = 0
    events: int = 0
    refused: int = 0
    watts: int | None = None
    usable_kwh: float | None = None
    required_kwh: float | None = None
    layout: bool = False


class Atn:
    """One house's ATN. Call `step` often; `say` gets a line for everything worth telling."""

    def __init__(
        self,
        scada: str,
        alias: str,
        rule: PriceRule,
        outlook: OutlookSource,
        rng: random.Random,
        say: Callable[[str], None],
        *,
        brief: bool = False,
    ) -> None:
        self.scada, self.alias = scada, alias
        self.rule, self.outlook = rule, outlook
        self.seen = Seen()
        self.contract: SlowDispatchContract | None = None
        self.latest: SlowContractHeartbeat | None = None
        self._rng = rng
        self._say = say
        self._brief = brief
        self._sent_mono_ms = 0
        self._pinged_net_ms = 0
        self._hour_s = 0
        self._up = False

    @property
    def subscription(self) -> str:
        """What the pipe must subscribe to."""
        return topic(self.scada, "ltn", "#")

    def step(self, now: Now, pipe: Pipe) -> None:
        """Hear, then speak."""
        pipe.step(now.net_ms)
        self._links(now, pipe)
        for delivery in pipe.poll(50):
            self._hear(delivery.topic, delivery.payload, now, pipe)
        if pipe.status.state != "up":
            return
        if now.net_ms - self._pinged_net_ms >= PING_NET_MS:
            self._pinged_net_ms = now.net_ms
            self._send(Ping(message_id=self._uuid()), pipe)
        self._contract(now, pipe)

    def _links(self, now: Now, pipe: Pipe) -> None:
        for change in pipe.changes():
            if change == "subscribed":
                self._say("connected to the broker")
                self._send(SendLayout(from_g_node_alias=self.alias, message_created_ms=now.wall_ms), pipe)
            elif change == "lost":
                self._say("lost the broker")

    # ---------------------------------------------------------------------------------------- hear

    def _hear(self, where: str, body: bytes, now: Now, pipe: Pipe) -> None:
        try:
            incoming = decode(where, body, BIG)
        except Malformed as refusal:
            self.seen.refused += 1
            self._say(f"cannot read a message on {where}: {refusal}")
            return
        self.seen.messages += 1
        if incoming.ack_required and incoming.message_id:
            self._send(Ack(ack_message_id=incoming.message_id), pipe)
        self._learn(incoming, now, pipe)

    def _learn(self, incoming: Incoming, now: Now, pipe: Pipe) -> None:
        payload = incoming.payload
        if isinstance(payload, SlowContractHeartbeat):
            self._heartbeat(payload, now, pipe)
        elif isinstance(payload, PowerWatts):
            self.seen.watts = payload.watts
        elif isinstance(payload, SnapshotSpaceheat):
            values = {r.channel_name: r.value for r in payload.latest_reading_list}
            if "usable-energy" in values:
                self.seen.usable_kwh = values["usable-energy"] / 1000
            if "required-energy" in values:
                self.seen.required_kwh = values["required-energy"] / 1000
        elif isinstance(payload, ReportEvent):
            readings = sum(len(c.value_list) for c in payload.report.channel_reading_list)
            self._detail(f"report with {readings} readings, acknowledged")
        elif incoming.message_type == "layout.lite":
            self._detail("layout received")
            self.seen.layout = True
        elif incoming.message_type == "glitch":
            self._say(f"glitch {getattr(payload, 'summary', '')}: {getattr(payload, 'details', '')}")
        if incoming.ack_required:
            self.seen.events += 1

    def _detail(self, words: str) -> None:
        """What comes so often that a story is better without it."""
        if not self._brief:
            self._say(words)

    def _heartbeat(self, beat: SlowContractHeartbeat, now: Now, pipe: Pipe) -> None:
        mine = self.contract
        if mine is None or beat.contract.contract_id != mine.contract_id or self.latest is None:
            return
        if beat.message_created_ms < self.latest.message_created_ms:
            return
        if beat.status == "TerminatedByScada":
            self._say(f"contract ended by the house: {beat.cause}")
            self.contract = self.latest = None
        elif beat.status == "CompletedUnknownOutcome":
            self._say(f"contract complete, {beat.watt_hours_used} Wh used")
            self.contract = self.latest = None
            self._offer(now, pipe)
        else:
            if self.latest.status != beat.status:
                self._say(f"contract {beat.status.lower()}, {beat.watt_hours_used} Wh used")
            self.latest = beat

    # --------------------------------------------------------------------------------------- speak

    def _contract(self, now: Now, pipe: Pipe) -> None:
        wall_s = now.wall_ms // 1000
        hour_s = wall_s // HOUR_S * HOUR_S
        if hour_s != self._hour_s and wall_s - hour_s < CREATION_WINDOW_S:
            self._hour_s = hour_s
            if self.contract is None:
                self._offer(now, pipe)
            else:
                self._beat(now, pipe, complete=True)
        elif self.latest is not None and now.mono_ms - self._sent_mono_ms >= HEARTBEAT_MS:
            self._beat(now, pipe, complete=self._over(now))

    def _over(self, now: Now) -> bool:
        held = self.contract
        return held is not None and now.wall_ms >= 1000 * (held.start_s + 60 * held.duration_minutes)

    def _offer(self, now: Now, pipe: Pipe) -> None:
        wall_s = now.wall_ms // 1000
        hour_s = wall_s // HOUR_S * HOUR_S
        if wall_s - hour_s >= CREATION_WINDOW_S:
            return
        seen = self.seen
        running = seen.watts is not None and seen.watts > RUNNING_W
        watts, words = self.rule.watts(self.outlook(hour_s), seen.usable_kwh, seen.required_kwh, running)
        self.contract = SlowDispatchContract(
            scada_alias=self.scada,
            start_s=hour_s,
            duration_minutes=60,
            avg_power_watts=watts,
            oil_boiler_on=False,
            contract_id=self._uuid(),
        )
        self.latest = self._made(now, "Created", None)
        self._say(f"offers {watts} Wh for the hour: {words}")
        self._put(self.latest, now, pipe)

    def _beat(self, now: Now, pipe: Pipe, *, complete: bool) -> None:
        latest = self.latest
        if latest is None:
            return
        if complete:
            self._put(self._made(now, "CompletedUnknownOutcome", "Ltn notes MarketSlot complete"), now, pipe)
        elif latest.status == "Created" and latest.from_node == "ltn":
            self._put(latest, now, pipe)
        else:
            self._put(self._made(now, "Active", None), now, pipe)

    def _made(self, now: Now, status: str, cause: str | None) -> SlowContractHeartbeat:
        if self.contract is None:
            raise RuntimeError("a heartbeat needs a contract")
        theirs = self.latest.my_digit if self.latest and self.latest.from_node == "s" else None
        return SlowContractHeartbeat(
            from_node="ltn",
            contract=self.contract,
            status=status,  # type: ignore[arg-type]
            message_created_ms=now.wall_ms,
            cause=cause,
            my_digit=self._rng.randrange(10),
            your_last_digit=theirs,
        )

    def _put(self, beat: SlowContractHeartbeat, now: Now, pipe: Pipe) -> None:
        self._sent_mono_ms = now.mono_ms
        self._send(beat, pipe)

    def _send(self, payload: Message, pipe: Pipe) -> None:
        body = encode(self.alias, "s", payload)
        pipe.send(topic(self.alias, "s", payload.type_name), body)

    def _uuid(self) -> str:
        raw = bytearray(self._rng.randbytes(16))
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        text = raw.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
