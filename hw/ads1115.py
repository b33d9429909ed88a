"""ADS1115: four voltages read by sixteen bits, one single-shot conversion at a time.

Source: TI data sheet SBAS444, 9.6 "Register map". Pointer 0 conversion, 1 config, 2 and 3 thresholds, all
big-endian. After a write of the config register the pointer stays there, so the ready bit is polled by a
bare read.
"""

from __future__ import annotations

INPUTS_PER_CHIP = 4
CONVERSION = b"\x00"
"""Write this to point at the result."""
WORD_BYTES = 2
FULL_SCALE_V = 6.144
VOLTS_PER_CODE = FULL_SCALE_V / 32768

SLOW_128 = 0x0080
"""128 samples a second, 7.8 ms a conversion: quietest peak to peak."""
FAST_860 = 0x00E0
"""860 samples a second, 1.2 ms: for ticks so long that four conversions must fit into one."""

_START = 0x8000
_SINGLE_ENDED = 0x4000
_MUX_SHIFT = 12
_SINGLE_SHOT = 0x0100
_NO_COMPARATOR = 0x0003
READY = 0x8000


def config_word(input_no: int, rate: int = SLOW_128) -> int:
    """Config word that starts one conversion of input 0 to 3 against ground at +-6.144 V."""
    return _START | _SINGLE_ENDED | input_no << _MUX_SHIFT | _SINGLE_SHOT | rate | _NO_COMPARATOR


def encode_start(input_no: int, rate: int = SLOW_128) -> bytes:
    """The write that starts one conversion."""
    return b"\x01" + config_word(input_no, rate).to_bytes(WORD_BYTES, "big")


def decode_word(data: bytes) -> int:
    """A register as read. Raises ValueError on a wrong length."""
    if len(data) != WORD_BYTES:
        raise ValueError(f"The ADC sent {len(data)} bytes, not {WORD_BYTES}.")
    return int.from_bytes(data, "big")


def ready(config: int) -> bool:
    """True when no conversion is running."""
    return bool(config & READY)


def same_order(config: int, input_no: int, rate: int) -> bool:
    """True when the chip still holds the order it was given; not so after it lost its supply."""
    return config & ~READY == config_word(input_no, rate) & ~READY


def decode_volts(data: bytes) -> float:
    """Volts from the conversion register. Raises ValueError on a wrong length."""
    code = decode_word(data)
    return (code - 65536 if code & 0x8000 else code) * VOLTS_PER_CODE
