"""The power meter on its stream, network or serial: polls when due, one question at a time, with a deadline.

Polls are due by house time; deadlines and back-off run on real time, since the meter is on the network.
"""

from __future__ import annotations

from hw import egauge
from hw.bus import Stream, StreamPort
from hw.device import GRACE_MS, Device, next_due_ms
from hw.egauge import Group
from hw.latest import Latest
from hw.modbus import CONFIG_EXCEPTIONS, Modbus, ModbusError, ModbusTcp, Reply
from hw.modbus_rtu import ModbusRtu
from layouts.model import PowerMeter
from states.image import FAILED, RANGE, Now

DEADLINE_MS = 3_000
"""An answer later than this is no answer."""
LATCH_MS = 300_000
"""A register the meter says it does not have is asked for again only this often."""
DOUBT_MS = 30_000
"""A channel that gave what no circuit can mean is believed again when it has made sense for so long."""
TCP, RTU = "tcp", "rtu"
"""How a meter is reached (`PowerMeter.kind`)."""


class _Asked:
    """A group of registers and how asking for it has been going."""

    __slots__ = ("failing_since", "group", "latched_until", "words")

    def __init__(self, group: Group) -> None:
        self.group = group
        self.failing_since: int | None = None
        self.latched_until = 0
        self.words = ""


class Meter:
    """The Modbus power meter of the house."""

    def __init__(self, meter: PowerMeter, port: StreamPort, latest: Latest) -> None:
        """`port` gives the stream; readings go to `latest`."""
        self.device = Device(meter.node, network=True)
        self.modbus: Modbus = (ModbusRtu if meter.kind == RTU else ModbusTcp)(meter.unit_id, meter.function)
        self.polls = 0
        self.refused = 0
        self._meter = meter
        self._port = port
        self._latest = latest
        self._scale_w = {register.channel: register.scale_w for register in meter.registers}
        self._groups = tuple(_Asked(group) for group in egauge.groups_of(meter.registers))
        self._stream: Stream | None = None
        self._due_ms = 0
        self._todo: list[_Asked | None] = []
        self._serial_words = ""
        self._absurd_ms: dict[str, int] = {}

    def step(self, now: Now) -> None:
        """One tick's worth of talking to the meter; never waits."""
        if self.device.newly_lost(now):
            for asked in self._groups:
                self._lose(asked, now)
        if self.device.waiting(now):
            if not self._port.renewed():
                return
            self.device.retry()
        stream = self._port.stream(now.net_ms)
        if stream is None:
            self._forget_stream()
            self.device.down(now, self._port.words or "connecting")
            return
        if stream is not self._stream:
            self._meet(stream)
        try:
            self._talk(stream, now)
        except ModbusError as error:
            self._give_up(now, str(error))

    def _meet(self, stream: Stream) -> None:
        self.modbus.reset()
        self._stream = stream
        self._serial_words = ""
        self._todo = [None] if self._meter.hw_uid and self._meter.kind == TCP else []

    def _forget_stream(self) -> None:
        self._stream = None
        self._todo = []

    def _talk(self, stream: Stream, now: Now) -> None:
        for _ in range(len(self._groups) + 2):  # as many as one poll may need, should answers come at once
            if self.modbus.busy:
                reply = self.modbus.answer(stream)
                if reply is None:
                    self._check_deadline(now)
                    return
                self._take(self._todo.pop(0), reply, now)
                if self.modbus.one_a_tick:
                    return
            if not self._todo:
                if now.mono_ms < self._due_ms:
                    return
                self._begin_poll(now)
            if not self._todo:
                return
            self._ask(stream, self._todo[0], now)

    def _begin_poll(self, now: Now) -> None:
        self._due_ms = next_due_ms(self._due_ms, self._meter.poll_period_ms, now.mono_ms)
        self._todo = [asked for asked in self._groups if asked.latched_until <= now.mono_ms]
        self.polls += 1

    def _ask(self, stream: Stream, asked: _Asked | None, now: Now) -> None:
        if asked is None:
            self.modbus.ask(stream, egauge.SERIAL_ADDRESS, egauge.SERIAL_REGISTERS, now.net_ms)
        else:
            self.modbus.ask(stream, asked.group.address, asked.group.count, now.net_ms)

    def _check_deadline(self, now: Now) -> None:
        since = self.modbus.asked_net_ms
        if since is not None and now.net_ms - since > DEADLINE_MS:
            self._give_up(now, f"The meter has not answered within {DEADLINE_MS // 1000} s.")

    def _give_up(self, now: Now, words: str) -> None:
        self._port.drop(now.net_ms, words)
        self._forget_stream()
        self.device.bad(now, words)

    def _take(self, asked: _Asked | None, reply: Reply, now: Now) -> None:
        if asked is None:
            self._check_serial(reply)
        elif reply.code:
            self._refuse(asked, reply, now)
        else:
            asked.failing_since, asked.words = None, ""
            for i, channel in enumerate(asked.group.channels):
                self._publish(channel, reply.registers[2 * i], reply.registers[2 * i + 1], now)
        self.device.good(self._serial_words or next((a.words for a in self._groups if a.words), ""))

    def _publish(self, channel: str, high: int, low: int, now: Now) -> None:
        value = egauge.watts(high, low, self._scale_w[channel])
        if value is None:
            self.refused += 1
            self._absurd_ms[channel] = now.mono_ms
        absurd_ms = self._absurd_ms.get(channel)
        if value is None or (absurd_ms is not None and now.mono_ms - absurd_ms < DOUBT_MS):
            self._latest.none(channel, RANGE, now)
        else:
            self._latest.value(channel, value, now)

    def _check_serial(self, reply: Reply) -> None:
        expected = self._meter.hw_uid
        found = reply.words if reply.code else repr(egauge.text(reply.registers))
        if found != repr(expected):
            self._serial_words = f"The meter's serial number is {found}; the layout says {expected!r}."

    def _refuse(self, asked: _Asked, reply: Reply, now: Now) -> None:
        first = asked.group.address
        asked.words = f"The meter answers {reply.words} for register {first} ({asked.group.channels[0]})."
        self.device.errors += 1
        if asked.failing_since is None:
            asked.failing_since = now.mono_ms
        if reply.code in CONFIG_EXCEPTIONS:
            asked.latched_until = now.mono_ms + LATCH_MS
            self._lose(asked, now)
        elif now.mono_ms - asked.failing_since >= GRACE_MS:
            self._lose(asked, now)

    def _lose(self, asked: _Asked, now: Now) -> None:
        for channel in asked.group.channels:
            self._latest.none(channel, FAILED, now)
