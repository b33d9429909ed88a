"""Modbus RTU on a stream that never waits: frames among noise, bytes that come late, exceptions, cost."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from hw.modbus import ModbusError, Reply
from hw.modbus_rtu import CRC_BYTES, KEPT_BYTES, SUMMED_BYTES, ModbusRtu
from tests.hw.fakes import ScriptStream


def sealed(body: bytes) -> bytes:
    """A frame with its CRC."""
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


def frame(*values: int, unit: int = 1, function: int = 4) -> bytes:
    words = b"".join(value.to_bytes(2, "big") for value in values)
    return sealed(bytes((unit, function, len(words))) + words)


GOOD = frame(0x449A, 0x5000)
REPLY = Reply((0x449A, 0x5000))


@pytest.fixture
def stream() -> ScriptStream:
    return ScriptStream()


@pytest.fixture
def modbus(stream: ScriptStream) -> ModbusRtu:
    """A question for two registers at 6000 is out."""
    modbus = ModbusRtu(1)
    modbus.ask(stream, 6000, 2, 0)
    return modbus


def test_the_question_is_unit_function_address_count_and_crc(stream: ScriptStream, modbus: ModbusRtu) -> None:
    assert stream.sent == sealed(bytes.fromhex("010417700002"))
    assert ModbusRtu(9, 3)._frame(1, 2) == sealed(bytes.fromhex("090300010002"))


def test_an_answer_in_one_byte_pieces_is_put_together(stream: ScriptStream, modbus: ModbusRtu) -> None:
    stream.inbox = [x for byte in GOOD for x in (bytes((byte,)), None)]
    replies = [modbus.answer(stream) for _ in GOOD]
    assert replies == [None] * (len(GOOD) - 1) + [REPLY]
    assert not modbus.busy


@settings(max_examples=60, deadline=None)
@given(before=st.binary(max_size=256), after=st.binary(max_size=40))
def test_an_answer_is_found_behind_up_to_256_bytes_of_garbage(before: bytes, after: bytes) -> None:
    stream, modbus = ScriptStream(), ModbusRtu(1)
    modbus.ask(stream, 6000, 2, 0)
    stream.inbox = [before, GOOD + after] if before else [GOOD + after]
    assert modbus.answer(stream) == REPLY
    assert modbus.noise == len(before)


@pytest.mark.parametrize("fake", [b"\x01\x04\x04", b"\x01\x04\x04\x44\x9a", b"\x01\x84", b"\x01\x84\x02\x00"])
def test_garbage_that_begins_like_an_answer_hides_none(fake: bytes) -> None:
    """The false beginning is given up when the length it promised has come and its CRC does not fit."""
    for real, reply in ((GOOD, REPLY), (sealed(b"\x01\x84\x02"), Reply(code=2))):
        stream, modbus = ScriptStream(), ModbusRtu(1)
        modbus.ask(stream, 6000, 2, 0)
        stream.inbox = [fake, real]
        assert modbus.answer(stream) == reply


def test_one_flipped_bit_anywhere_makes_it_no_answer(stream: ScriptStream, modbus: ModbusRtu) -> None:
    for bit in range(8 * len(GOOD)):
        wrong = bytearray(GOOD)
        wrong[bit // 8] ^= 1 << bit % 8
        stream.inbox = [bytes(wrong)]
        assert modbus.answer(stream) is None, bit
        modbus._heard.clear()


@pytest.mark.parametrize(
    "foreign",
    [frame(1, 2, unit=2), frame(1, 2, function=3), frame(1, 2, 3), frame(1), sealed(b"\x02\x84\x02")],
    ids=["another unit", "another function", "too long", "too short", "another unit's refusal"],
)
def test_an_answer_to_somebody_elses_question_is_passed_over(
    stream: ScriptStream, modbus: ModbusRtu, foreign: bytes
) -> None:
    stream.inbox = [foreign]
    assert modbus.answer(stream) is None
    stream.inbox = [GOOD]
    assert modbus.answer(stream) == REPLY


def test_a_late_answer_to_the_question_before_is_dropped(stream: ScriptStream, modbus: ModbusRtu) -> None:
    """There are no transaction numbers, so what is on the line before a question goes out is thrown away."""
    modbus.reset()
    stream.inbox = [frame(7, 7)]
    modbus.ask(stream, 6010, 2, 100)
    assert modbus.answer(stream) is None
    assert modbus.strays == 1
    stream.inbox = [GOOD]
    assert modbus.answer(stream) == REPLY


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, 11])
def test_an_exception_is_an_answer(stream: ScriptStream, modbus: ModbusRtu, code: int) -> None:
    stream.inbox = [sealed(bytes((1, 0x84, code)))]
    assert modbus.answer(stream) == Reply(code=code)


def test_our_own_question_echoed_by_the_converter_is_noise(stream: ScriptStream, modbus: ModbusRtu) -> None:
    stream.inbox = [stream.sent + GOOD]
    assert modbus.answer(stream) == REPLY
    assert modbus.noise == len(stream.sent)


@pytest.mark.parametrize("count", [2, 60, 124])
@pytest.mark.parametrize("what", ["random", "all headers", "all refusals"])
def test_noise_without_end_is_neither_kept_nor_much_work(
    what: str, count: int, stream: ScriptStream, modbus: ModbusRtu
) -> None:
    """At most 4 KiB are taken in a tick, of which only so many bytes are summed, whatever is asked for."""
    noise = {
        "random": random.Random(1).randbytes(1_000_000),
        "all headers": bytes((1, 4, 2 * count)) * 40_000,
        "all refusals": b"\x01\x84" * 60_000,
    }[what]
    modbus.ask(stream, 6000, count, 0)
    sums, crc = 0, modbus._crc

    def counted(data: bytes) -> int:
        nonlocal sums
        sums += len(data) + CRC_BYTES
        return crc(data)

    modbus._crc = counted
    for at in range(0, len(noise), 4096):
        stream.inbox = [noise[place : place + 1024] for place in range(at, min(at + 4096, len(noise)), 1024)]
        sums = 0
        assert modbus.answer(stream) is None
        assert len(modbus._heard) <= KEPT_BYTES
        assert sums <= SUMMED_BYTES
    good = frame(*range(count))
    stream.inbox = [good]
    replies = [modbus.answer(stream) for _ in range(60)]
    assert Reply(tuple(range(count))) in replies, "once the line is quiet, what was put off is looked at"
    assert modbus.noise == len(noise)


def test_an_answer_before_and_behind_what_costs_too_much_is_found() -> None:
    """The false beginnings between are put off to the next tick, or dropped as too old."""
    good = frame(*range(124))
    for before, after in ((b"", b"\x01\x04\xf8" * 1300), (b"\x01\x04\xf8" * 1200, b"")):
        stream, modbus = ScriptStream(), ModbusRtu(1)
        modbus.ask(stream, 6000, 124, 0)
        stream.inbox = [(before + good + after)[:4096]]
        replies = [modbus.answer(stream) for _ in range(60)]
        assert Reply(tuple(range(124))) in replies


def test_a_broken_line_is_an_error_with_its_sentence(stream: ScriptStream, modbus: ModbusRtu) -> None:
    stream.inbox = [OSError("/dev/ttyUSB0: the serial converter was unplugged.")]
    with pytest.raises(ModbusError, match="unplugged"):
        modbus.answer(stream)
