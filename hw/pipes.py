"""The pipe thermistors: conversions started on all ADCs at once and collected when they are ready.

Smoothing depends on time, not on the number of samples: `TAU_MS` is the time constant that the reference's
factor 0.2 at its 200 ms polls amounts to. At a one-second sample period a new voltage weighs 0.67, at ten
seconds 1.0, and the filtered curve is the same whatever the tick.
"""

from __future__ import annotations

from math import exp, log

from hw import ads1115
from hw.ads1115 import FAST_860, INPUTS_PER_CHIP, SLOW_128
from hw.bus import BusError
from hw.device import Device, next_due_ms
from hw.latest import Latest
from hw.thermistor import measure
from hw.wire import Wire, transfer_us
from layouts.model import Channel, House
from states.image import FAILED, GOOD, Now

FIXED_KOHM = 10.0
TAU_MS = -200 / log(0.8)
"""896 ms: avg <- 0.2 new + 0.8 avg every 200 ms."""
BAD_FOR_MS = 2_000
"""An open or shorted wire is believed when it has lasted this long; until then the last value ages."""
STUCK_MS = 100
"""A conversion takes 1.2 or 7.8 ms; a chip busy longer than this is broken."""
_START_US = transfer_us(3)
_POLL_US = transfer_us(2)
_COLLECT_US = transfer_us(1) + transfer_us(2)
_ROUNDS = 40
"""Bound on passes over the chips in one tick; the bus budget ends it long before."""


class Terminal:
    """One thermistor: its input, its smoothed voltage, when it is due."""

    __slots__ = ("_at_ms", "_bad_since", "_volts", "channel", "due_ms", "input_no", "period_ms")

    def __init__(self, channel: Channel, input_no: int) -> None:
        """`input_no` 0 to 3 on its chip."""
        self.channel = channel.name
        self.period_ms = channel.sample_period_ms
        self.input_no = input_no
        self.due_ms = 0
        self._volts: float | None = None
        self._at_ms = 0
        self._bad_since: int | None = None

    def take(self, volts: float, supply_v: float, now: Now, latest: Latest) -> None:
        """A new voltage: smooth, convert, publish; or notice that the wire is open or shorted."""
        _, quality = measure(volts, supply_v, FIXED_KOHM)
        if quality is not GOOD:
            self._note_bad(quality, now, latest)
            return
        self._bad_since = None
        smooth = volts
        if self._volts is not None:
            smooth = volts + (self._volts - volts) * exp((self._at_ms - now.mono_ms) / TAU_MS)
        self._volts, self._at_ms = smooth, now.mono_ms
        temp_c, _ = measure(smooth, supply_v, FIXED_KOHM)
        if temp_c is not None:
            latest.value(self.channel, round(1000 * temp_c), now)

    def forget(self) -> None:
        """Begin smoothing anew."""
        self._volts = None

    def _note_bad(self, quality: str, now: Now, latest: Latest) -> None:
        if self._bad_since is None:
            self._bad_since = now.mono_ms
        if latest.get(self.channel) is None or now.mono_ms - self._bad_since >= BAD_FOR_MS:
            self.forget()
            latest.none(self.channel, quality, now)


class AdcChip:
    """One ADS1115 and the conversion it is busy with."""

    def __init__(self, address: int, terminals: tuple[Terminal, ...], supply_v: float, wire: Wire) -> None:
        """`terminals` hang on this chip."""
        self.address = address
        self.device = Device(f"pipe sensor ADC 0x{address:02x}")
        self.terminals = terminals
        self._supply_v = supply_v
        self._wire = wire
        self._running: Terminal | None = None
        self._started_ms = 0
        self._rate = SLOW_128
        self.turn_ms = 0
        """When the tick last had bus time for this chip."""

    def step(self, now: Now, rate: int, latest: Latest) -> bool:
        """Collect what is ready, start what is due. True if the chip may have more to do in this tick."""
        if not self._wire.affords(_START_US + _POLL_US + _COLLECT_US):
            return False
        self.turn_ms = now.mono_ms
        try:
            if self._running is not None and not self._collect(self._running, now, latest):
                return self._rate == FAST_860
            return self._start(now, rate)
        except BusError as error:
            self._running = None
            self.device.bad(now, str(error))
            return False

    def tend(self, now: Now, latest: Latest) -> bool:
        """True if the chip may be talked to; when it has failed too long its readings go."""
        if self.device.newly_lost(now):
            for terminal in self.terminals:
                terminal.forget()
                latest.none(terminal.channel, FAILED, now)
        return not self.device.waiting(now)

    def _start(self, now: Now, rate: int) -> bool:
        terminal = min(self.terminals, key=_due)
        if terminal.due_ms > now.mono_ms or not self._wire.affords(_START_US):
            return False
        self._wire.write(self.address, ads1115.encode_start(terminal.input_no, rate))
        self._running, self._started_ms, self._rate = terminal, now.mono_ms, rate
        terminal.due_ms = next_due_ms(terminal.due_ms, terminal.period_ms, now.mono_ms)
        return rate == FAST_860

    def _collect(self, terminal: Terminal, now: Now, latest: Latest) -> bool:
        """True when the running conversion is over, one way or the other."""
        config = ads1115.decode_word(self._wire.read(self.address, ads1115.WORD_BYTES))
        if not ads1115.same_order(config, terminal.input_no, self._rate):
            self._running = None
            self.device.complain(f"ADC 0x{self.address:02x} forgot its order: it lost its supply.")
            return True
        if not ads1115.ready(config):
            if now.mono_ms - self._started_ms > STUCK_MS:
                raise BusError(f"ADC 0x{self.address:02x} does not finish a conversion.")
            return False
        self._wire.write(self.address, ads1115.CONVERSION)
        volts = ads1115.decode_volts(self._wire.read(self.address, ads1115.WORD_BYTES))
        self._running = None
        self.device.good()
        terminal.take(volts, self._supply_v, now, latest)
        return True


def _due(terminal: Terminal) -> int:
    return terminal.due_ms


def _turn(chip: AdcChip) -> int:
    return chip.turn_ms


class Pipes:
    """Every thermistor of the pipe board."""

    def __init__(self, house: House, wire: Wire, latest: Latest, tick_ms: int) -> None:
        """Terminals 1 to 4 hang on the first address, 5 to 8 on the second, 9 to 12 on the third.

        `tick_ms` is house time between two calls of `step`. One slow conversion per chip and tick must bring
        every terminal round within its sample period; where the tick is too long for that, the fast rate
        lets several conversions finish in one tick.
        """
        self._latest = latest
        channels = house.channel_by_name
        self.chips = tuple(
            AdcChip(address, terminals, house.pipes.supply_v, wire)
            for place, address in enumerate(house.pipes.addresses)
            if (
                terminals := tuple(
                    Terminal(channels[t.channel], (t.terminal - 1) % INPUTS_PER_CHIP)
                    for t in house.pipes.thermistors
                    if (t.terminal - 1) // INPUTS_PER_CHIP == place
                )
            )
        )
        periods = [t.period_ms for chip in self.chips for t in chip.terminals]
        round_ms = tick_ms * max((len(chip.terminals) for chip in self.chips), default=0)
        self.rate = SLOW_128 if round_ms <= min(periods, default=round_ms) else FAST_860

    def step(self, now: Now) -> None:
        """One tick's share of the scan, within the bus budget: who was served longest ago begins."""
        busy = sorted((chip for chip in self.chips if chip.tend(now, self._latest)), key=_turn)
        for _ in range(_ROUNDS):
            if not busy:
                return
            busy = [chip for chip in busy if chip.step(now, self.rate, self._latest)]
