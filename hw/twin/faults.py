"""What can be made to go wrong with the simulated house; each fault is a value handed to `World.inject`."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Bus(StrEnum):
    """Ways an I2C transaction goes wrong."""

    NACK = "nack"
    STUCK = "stuck"
    """SDA held low: every address times out."""
    SHORT_READ = "short-read"
    LONG_READ = "long-read"
    """Two bytes more than were asked for."""
    WRONG_BYTES = "wrong-bytes"
    SLOW = "slow"


class BusFault(Struct, frozen=True):
    """A fault on the I2C bus.

    `address` None: every address. It strikes the first `hits` of each `of` matching transactions
    (`of` 0: once only, the very first `hits`); `hits` 0 strikes always. `slow_us` is extra bus time;
    `mask` is laid over every byte read (exclusive or).
    """

    kind: Bus
    address: int | None = None
    hits: int = 0
    of: int = 0
    slow_us: int = 0
    mask: int = 0xFF


class PinFault(Struct, frozen=True):
    """A relay-board pin stands at one level whatever is written: low pulls the relay in for ever."""

    relay_index: int
    low: bool


class BrownOut(Struct, frozen=True):
    """A relay or output board loses its supply for a moment: it forgets everything, once, silently."""

    address: int


class ContactFault(Struct, frozen=True):
    """A relay's contacts stay as if its coil were `energised`; the coil and its readback look healthy."""

    relay_index: int
    energised: bool


class Thermistor(StrEnum):
    """Ways a pipe thermistor goes wrong."""

    OPEN = "open"
    SHORT = "short"
    DRIFT = "drift"
    NOISE = "noise"
    FROZEN = "frozen"
    LEAP = "leap"
    SWAPPED = "swapped"
    """Its wire is on the terminal of `other`."""


class ThermistorFault(Struct, frozen=True):
    """A fault of the pipe thermistor behind `channel`; `amount` is °C an hour (drift) or °C (noise, leap)."""

    channel: str
    kind: Thermistor
    amount: float = 0.0
    other: str = ""


class SupplySag(Struct, frozen=True):
    """The supply of the thermistor board falls to this part of what it was."""

    part: float


class Meter(StrEnum):
    """Ways the power meter goes wrong."""

    SLOW = "slow"
    HUNG = "hung"
    GARBAGE = "garbage"
    LATE = "late"
    """Answers the previous request again before the present one."""
    EXCEPTION = "exception"
    NAN = "nan"
    SCALED = "scaled"
    """Every power times `factor`: another meter was put in its place."""
    WORDS_SWAPPED = "words-swapped"
    """The low word comes first."""
    REFUSE = "refuse"
    """Takes no connection."""
    DROP = "drop"
    """Closes the connection on each request."""


class MeterFault(Struct, frozen=True):
    """A fault of the Modbus meter; `delay_ms` of net time for slow, `code` for exceptions, `factor`."""

    kind: Meter
    delay_ms: int = 0
    code: int = 4
    factor: float = 1.0


class Pico(StrEnum):
    """Ways a Wi-Fi module goes wrong."""

    SILENT = "silent"
    GARBAGE = "garbage"
    WRONG_UID = "wrong-uid"
    FROZEN = "frozen"


class PicoFault(Struct, frozen=True):
    """A fault of the module (or hub) whose actor node is `actor`."""

    actor: str
    kind: Pico


class Probe(StrEnum):
    """Ways a 1-wire probe goes wrong."""

    MISSING = "missing"
    BAD_CRC = "bad-crc"
    POWER_ON = "power-on"
    """Says 85.0 °C: it has had no supply since its last conversion."""
    SHORTED = "shorted"
    HUNG = "hung"
    """The whole bus hangs in the kernel."""


class ProbeFault(Struct, frozen=True):
    """A fault of the 1-wire probe behind `channel`."""

    channel: str
    kind: Probe


class Part(StrEnum):
    """Parts of the plant that can be dead."""

    HEAT_PUMP = "heat-pump"
    PRIMARY_PUMP = "primary-pump"
    STORE_PUMP = "store-pump"
    DIST_PUMP = "dist-pump"


class DeadPart(Struct, frozen=True):
    """A part of the plant that does nothing, however it is called."""

    part: Part


Fault = (
    BusFault
    | PinFault
    | BrownOut
    | ContactFault
    | ThermistorFault
    | SupplySag
    | MeterFault
    | PicoFault
    | ProbeFault
    | DeadPart
)
