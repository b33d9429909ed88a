"""PCF8575: sixteen relays on an I2C board that has a latch and no registers.

Source: TI/NXP data sheet PCF8575 (quasi-bidirectional I/O, 8.1 to 8.3); Krida 16-channel relay board.
A write carries P07..P00, then P17..P10; a read gives the pin levels in the same order. Pin 0 energises
its relay, pin 1 releases it; power-on is all ones. A pin written 0 always reads 0, so a read back of the
latch proves every energised relay.
"""

from __future__ import annotations

RELAYS_PER_BOARD = 16
ALL_RELEASED = 0xFFFF
IMAGE_BYTES = 2


def board_of(index: int) -> int:
    """Which board (0, 1) carries relay `index` (1 to 32). Raises ValueError outside."""
    if not 1 <= index <= 2 * RELAYS_PER_BOARD:
        raise ValueError(f"Relay index {index} is not between 1 and {2 * RELAYS_PER_BOARD}.")
    return (index - 1) // RELAYS_PER_BOARD


def pin_of(index: int) -> int:
    """Pin of relay `index` (1 to 32) on its board: the first eight count down, the others up."""
    place = (index - 1) % RELAYS_PER_BOARD
    return 7 - place if place < 8 else place


def mask_of(index: int) -> int:
    """Bit of relay `index` in its board's 16-bit image."""
    return 1 << pin_of(index)


def encode(image: int) -> bytes:
    """The one write transaction that brings all sixteen pins to `image` (bit n = pin n)."""
    return image.to_bytes(IMAGE_BYTES, "little")


def decode(data: bytes) -> int:
    """Pin levels from one read transaction. Raises ValueError on a wrong length."""
    if len(data) != IMAGE_BYTES:
        raise ValueError(f"The relay board sent {len(data)} bytes, not {IMAGE_BYTES}.")
    return int.from_bytes(data, "little")


def energised(image: int, mask: int) -> int:
    """1 if the relay of `mask` is energised in `image`, else 0."""
    return 0 if image & mask else 1
