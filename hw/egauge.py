"""Power meters: which registers to ask for together, and what their bits mean; written for the eGauge.

Source: eGauge knowledge base, "Modbus TCP"; register numbers are those of the meter's own list minus 30000.
f32: two registers, high word first; t16: sixteen characters in eight registers, NUL padded. Serial meters
of other makers (Schneider iEM3x55, Eastron SDM) hold their powers as the same f32.
"""

from __future__ import annotations

import struct
from math import isfinite

from msgspec import Struct

from hw.modbus import MAX_REGISTERS
from layouts.model import MeterRegister

SERIAL_ADDRESS = 100
SERIAL_REGISTERS = 8
WORDS_PER_F32 = 2
ABSURD_W = 32_767
"""No single circuit of a house draws or gives more; beyond it the reading is refused."""
NOTHING_W = 1e-6
"""No meter can tell this from zero: the words of the number are the wrong way round."""


class Group(Struct, frozen=True):
    """Adjacent registers that one question covers."""

    address: int
    count: int
    channels: tuple[str, ...]


def groups_of(registers: tuple[MeterRegister, ...]) -> tuple[Group, ...]:
    """The fewest questions that cover `registers` without asking for a register nobody named."""
    groups: list[Group] = []
    for register in sorted(registers, key=lambda r: r.address):
        last = groups[-1] if groups else None
        if (
            last is not None
            and register.address == last.address + last.count
            and last.count + WORDS_PER_F32 <= MAX_REGISTERS
        ):
            channels = (*last.channels, register.channel)
            groups[-1] = Group(last.address, last.count + WORDS_PER_F32, channels)
        else:
            groups.append(Group(register.address, WORDS_PER_F32, (register.channel,)))
    return tuple(groups)


def watts(high: int, low: int, scale_w: float = 1.0) -> int | None:
    """Whole watts, cut toward zero, from an f32 in two registers; None when no circuit can mean it.

    `scale_w` is what one unit of the register is in W (1000 for a meter that counts in kW).
    """
    value = struct.unpack(">f", struct.pack(">HH", high, low))[0] * scale_w
    if not isfinite(value) or abs(value) > ABSURD_W or 0.0 < abs(value) < NOTHING_W:
        return None
    return int(value)


def f32_registers(value: float) -> tuple[int, int]:
    """The two registers of an f32, high word first."""
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return high, low


def text(registers: tuple[int, ...]) -> str:
    """A t16 register block as text; characters that are not printable ASCII become '?'."""
    raw = struct.pack(f">{len(registers)}H", *registers).split(b"\0", 1)[0]
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in raw).strip()
