"""GP8403: two 0-10 V outputs of twelve bits on I2C (DFRobot DFR0971).

Source: Guestgood GP8403 data sheet, "I2C write timing"; DFRobot wiki DFR0971. Register 0x01 holds the range
(0x11: both channels 0-10 V), 0x02 and 0x04 the codes of channels 0 and 1, left-aligned; every word goes low
byte first.

The chip documents no register read: it acknowledges its address, and that is all. A read-back of an output
is therefore *the last write the chip acknowledged*, never a measurement.
"""

from __future__ import annotations

OUTPUTS_PER_CHIP = 2
RANGE_REGISTER = 0x01
RANGE_10_V = 0x0011
CHANNEL_REGISTERS = (0x02, 0x04)
FULL_SCALE = 100
"""Volts x 10 at the top of the range."""
_TOP_CODE = 4095


def chip_of(output_idx: int) -> int:
    """Which chip (0, 1) drives output 1 to 4. Raises ValueError outside."""
    if not 1 <= output_idx <= 2 * OUTPUTS_PER_CHIP:
        raise ValueError(f"0-10 V output {output_idx} is not between 1 and {2 * OUTPUTS_PER_CHIP}.")
    return (output_idx - 1) // OUTPUTS_PER_CHIP


def register_of(output_idx: int) -> int:
    """Register of output 1 to 4 on its chip."""
    return CHANNEL_REGISTERS[(output_idx - 1) % OUTPUTS_PER_CHIP]


def code_of(volts_x10: int) -> int:
    """The 16-bit word for volts x 10, 0 to 100. Raises ValueError outside."""
    if not 0 <= volts_x10 <= FULL_SCALE:
        raise ValueError(f"{volts_x10} is not a value of a 0-10 V output; it is volts x 10, 0 to 100.")
    return (_TOP_CODE * volts_x10 // FULL_SCALE) << 4


def encode_range() -> bytes:
    """The write that puts both channels on 0-10 V."""
    return bytes((RANGE_REGISTER, RANGE_10_V & 0xFF, RANGE_10_V >> 8))


def encode(output_idx: int, volts_x10: int) -> bytes:
    """The write that sets one output."""
    code = code_of(volts_x10)
    return bytes((register_of(output_idx), code & 0xFF, code >> 8))


def volts_of(code: int) -> float:
    """Volts an output gives for a code word in the 0-10 V range."""
    return (code >> 4) / _TOP_CODE * 10.0
