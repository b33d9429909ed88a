"""DS18B20: the nine bytes of its scratchpad, as the kernel prints them, to a temperature.

Source: Maxim DS18B20 data sheet, "Memory" (scratchpad, configuration register, power-on value +85 °C) and
"CRC generation"; Linux Documentation/w1/slaves/w1_therm.rst (the file `w1_slave`).
"""

from __future__ import annotations

SCRATCHPAD_BYTES = 9
POWER_ON_RAW = 0x0550
"""+85.0 °C: what it says when it has not converted since it got its supply. Refused; what really stands at
exactly 85.0 °C does so for one reading."""
COLDEST_C, HOTTEST_C = -40.0, 125.0
_CONFIG_ONES = 0x1F


def crc8(data: bytes) -> int:
    """The 1-wire CRC: x^8 + x^5 + x^4 + 1, low bit first."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x8C if crc & 1 else 0)
    return crc


def scratchpad(celsius: float) -> bytes:
    """The scratchpad of a healthy probe of twelve bits."""
    raw = round(celsius * 16) & 0xFFFF
    body = bytes((raw & 0xFF, raw >> 8, 0x4B, 0x46, 0x7F, 0xFF, 0x10 - (raw & 0x0F), 0x10))
    return body + bytes((crc8(body),))


def decode(data: bytes) -> tuple[int | None, str]:
    """°C x 1000 and "", or None and why not. An open or shorted bus reads all ones or all zeros."""
    if len(data) != SCRATCHPAD_BYTES:
        return None, f"sent {len(data)} bytes, not {SCRATCHPAD_BYTES}"
    if crc8(data[:-1]) != data[-1]:
        return None, "sent bytes that fail their checksum: look at the wire"
    if data[4] & _CONFIG_ONES != _CONFIG_ONES:
        return None, "sent all zeros: the data wire is shorted" if not any(data) else "is no DS18B20"
    raw = int.from_bytes(data[:2], "little", signed=True)
    if raw == POWER_ON_RAW:
        return None, "says 85.0 °C, its power-on value: its supply is too weak to measure"
    unused = 3 - (data[4] >> 5 & 3)
    raw &= ~((1 << unused) - 1)
    if not COLDEST_C <= raw / 16 <= HOTTEST_C:
        return None, f"says {raw / 16:.1f} °C, which nothing in a house has"
    return round(raw * 1000 / 16), ""
