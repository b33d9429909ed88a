"""Modbus TCP on a stream that never waits: partial frames, late and foreign replies, garbage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.modbus import BUFFER_BOUND, ModbusError, ModbusTcp, Reply
from tests.hw.fakes import ScriptStream


def frame(tid: int, pdu: bytes, unit: int = 1) -> bytes:
    return tid.to_bytes(2, "big") + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + bytes((unit,)) + pdu


def registers(*values: int) -> bytes:
    body = b"".join(value.to_bytes(2, "big") for value in values)
    return bytes((4, len(body))) + body


@pytest.fixture
def stream() -> ScriptStream:
    return ScriptStream()


@pytest.fixture
def modbus(stream: ScriptStream) -> ModbusTcp:
    """A question for two registers at 6000 is out, with transaction number 1."""
    modbus = ModbusTcp(1)
    modbus.ask(stream, 6000, 2, 0)
    return modbus


def test_the_question_is_function_4_with_address_and_count(stream: ScriptStream, modbus: ModbusTcp) -> None:
    assert stream.sent.hex() == "000100000006010417700002"
    assert modbus.busy


def test_a_question_goes_out_in_pieces_when_the_stream_takes_only_some(stream: ScriptStream) -> None:
    modbus = ModbusTcp(7)
    stream.accept = 5
    modbus.ask(stream, 100, 8, 0)
    assert len(stream.sent) == 5
    for _ in range(3):
        assert modbus.answer(stream) is None
    assert stream.sent == frame(1, bytes.fromhex("0400640008"), unit=7)


def test_an_answer_in_one_byte_pieces_is_put_together(stream: ScriptStream, modbus: ModbusTcp) -> None:
    stream.inbox = [bytes((byte,)) for byte in frame(1, registers(0x449A, 0x5000))]
    replies = [modbus.answer(stream) for _ in range(13)]
    assert [reply for reply in replies if reply] == [Reply((0x449A, 0x5000))]
    assert not modbus.busy


def test_transaction_numbers_never_repeat_at_once_and_never_are_zero(stream: ScriptStream) -> None:
    modbus = ModbusTcp(1)
    seen = []
    for _ in range(0x10002):
        modbus.ask(stream, 0, 1, 0)
        seen.append(int.from_bytes(stream.sent[:2], "big"))
        stream.sent = b""
    assert 0 not in seen
    assert seen[0xFFFE:0x10001] == [0xFFFF, 1, 2]


@pytest.mark.parametrize(
    "stray",
    [
        frame(9, registers(1, 2)),
        frame(1, registers(1, 2), unit=2),
        frame(0, registers(1, 2)),
        frame(0xFFFF, bytes((0x84, 2))),
    ],
)
def test_a_late_or_foreign_reply_is_dropped_and_counted(
    stream: ScriptStream, modbus: ModbusTcp, stray: bytes
) -> None:
    stream.inbox = [stray + frame(1, registers(3, 4))]
    assert modbus.answer(stream) == Reply((3, 4))
    assert modbus.strays == 1


def test_the_reply_to_an_earlier_question_is_not_the_reply_to_this_one(
    stream: ScriptStream, modbus: ModbusTcp
) -> None:
    modbus.ask(stream, 6002, 2, 100)
    stream.inbox = [frame(1, registers(1, 1))]
    assert modbus.answer(stream) is None
    assert modbus.busy


def test_an_answer_nobody_asked_for_is_dropped(stream: ScriptStream) -> None:
    modbus = ModbusTcp(1)
    stream.inbox = [frame(0, registers(1, 2))]
    assert modbus.answer(stream) is None
    assert modbus.strays == 1


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, 11, 99])
def test_an_exception_is_a_reply_with_a_code(stream: ScriptStream, modbus: ModbusTcp, code: int) -> None:
    stream.inbox = [frame(1, bytes((0x84, code)))]
    reply = modbus.answer(stream)
    assert reply == Reply(code=code)
    assert reply is not None
    assert str(code) in reply.words


@pytest.mark.parametrize(
    "wrong",
    [
        frame(1, registers(1)),
        frame(1, registers(1, 2, 3)),
        frame(1, bytes((3, 4, 0, 1, 0, 2))),
        frame(1, bytes((4, 200, 0, 1, 0, 2))),
        frame(1, bytes((4, 4))),
        frame(1, bytes((4, 3, 0, 1, 0))),
        frame(1, bytes((0x55, 1, 2, 3))),
        frame(1, bytes((0x84,))),
        b"\0\1\0\1\0\6\1" + registers(1, 2),
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\0\1\0\0\xff\xff\1",
        b"\0\1\0\0\0\1\1",
    ],
)
def test_what_is_not_the_answer_ends_the_connection(
    stream: ScriptStream, modbus: ModbusTcp, wrong: bytes
) -> None:
    stream.inbox = [wrong]
    with pytest.raises(ModbusError, match="meter"):
        modbus.answer(stream)


def test_a_closed_connection_is_an_error_with_a_sentence(stream: ScriptStream, modbus: ModbusTcp) -> None:
    stream.inbox = [b""]
    with pytest.raises(ModbusError, match="closed"):
        modbus.answer(stream)


def test_a_broken_stream_is_an_error_both_ways(stream: ScriptStream, modbus: ModbusTcp) -> None:
    stream.inbox = [OSError("reset by peer")]
    with pytest.raises(ModbusError, match="reset"):
        modbus.answer(stream)
    stream.broken = True
    with pytest.raises(ModbusError, match="pipe"):
        modbus.ask(stream, 0, 1, 0)


def test_a_flood_is_bounded(stream: ScriptStream, modbus: ModbusTcp) -> None:
    stream.inbox = [frame(2, bytes(250)) * 100]
    with pytest.raises(ModbusError, match="more than was asked"):
        modbus.answer(stream)
    assert len(modbus._heard) <= BUFFER_BOUND + 1024


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=64), max_size=8))
def test_random_bytes_are_dropped_or_end_the_connection_and_nothing_else(chunks: list[bytes]) -> None:
    stream, modbus = ScriptStream(), ModbusTcp(1)
    modbus.ask(stream, 6000, 2, 0)
    stream.inbox = [chunk for chunk in chunks if chunk]
    for _ in range(10):
        try:
            reply = modbus.answer(stream)
        except ModbusError:
            return
        assert reply is None or reply.code or len(reply.registers) == 2


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=1, max_size=250), st.integers(0, 3))
def test_any_pdu_under_the_right_number_is_taken_or_refused(pdu: bytes, cut: int) -> None:
    stream, modbus = ScriptStream(), ModbusTcp(1)
    modbus.ask(stream, 6000, 2, 0)
    whole = frame(1, pdu)
    stream.inbox = [whole[: len(whole) - cut]]
    try:
        reply = modbus.answer(stream)
    except ModbusError:
        return
    assert reply is None or reply.code or len(reply.registers) == 2
