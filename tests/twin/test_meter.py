"""The simulated power meter, spoken to with a client-side codec."""

from __future__ import annotations

from struct import pack, unpack

import msgspec
import pytest
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from hw.bus import Stream
from hw.latest import Latest
from hw.meter import Meter as Driver
from hw.twin.faults import Meter, MeterFault
from hw.twin.meter import INPUT_LIMIT, TwinMeter
from hw.twin.world import SensorNoise, World
from layouts.load import load_house
from tests.twin.house import HandClock, world

CLIENT = FramerSocket(DecodePDU(False))
ODU = 6000


def request(address: int, count: int, tid: int = 7, unit: int = 1, holding: bool = False) -> bytes:
    kind = ReadHoldingRegistersRequest if holding else ReadInputRegistersRequest
    return CLIENT.buildFrame(kind(address=address, count=count, dev_id=unit, transaction_id=tid))


def opened(**asks: object) -> tuple[World, HandClock, Stream]:
    house, clock = world(**asks)  # type: ignore[arg-type]
    stream = house.meter.stream(clock.mono_ms)
    assert stream is not None
    return house, clock, stream


def registers(stream: Stream, address: int, count: int) -> list[int]:
    stream.send(request(address, count))
    data = stream.recv(256)
    assert data is not None
    _, pdu = CLIENT.handleFrame(data, 1, 7)
    assert pdu is not None
    assert not pdu.isError()
    return list(pdu.registers)


def exception_code(stream: Stream, data: bytes) -> int:
    stream.send(data)
    answer = stream.recv(256)
    assert answer is not None
    assert answer[7] & 0x80
    return answer[8]


def watts(pair: list[int]) -> float:
    value: float = unpack(">f", pack(">HH", *pair))[0]
    return value


def test_the_field_vector_1234_5_w_is_two_big_endian_words() -> None:
    house, _, stream = opened()
    house.plant.powers.odu_w = 1234.5
    house._watts = None
    assert registers(stream, ODU, 2) == [0x449A, 0x5000]


def test_all_channels_can_be_read_in_one_request() -> None:
    house, clock, stream = opened()
    house.advance(clock.forward(3_600_000).mono_ms)
    words = registers(stream, ODU, 12)
    values = [watts(words[i : i + 2]) for i in range(0, 12, 2)]
    truth = house.truth().powers_w
    names = [register.channel for register in house.house.meter.registers]
    assert values == pytest.approx([truth[name] for name in names])
    assert values[0] + values[1] > 3000.0


def test_the_serial_number_stands_at_address_100() -> None:
    _, _, stream = opened()
    assert pack(">8H", *registers(stream, 100, 8)).rstrip(b"\0") == b"twin-meter"


def test_noise_never_tears_a_register_pair() -> None:
    house, clock, stream = opened(noise=SensorNoise(power_part=0.5))
    house.advance(clock.forward(3_600_000).mono_ms)
    high, low = registers(stream, ODU, 1), registers(stream, ODU + 1, 1)
    assert registers(stream, ODU, 2) == high + low
    assert watts(high + low) != pytest.approx(house.truth().powers_w["hp-odu-pwr"], rel=1e-4)


def test_wrong_questions_get_exception_codes() -> None:
    _, _, stream = opened()
    assert exception_code(stream, request(ODU, 2, holding=True)) == 1
    assert exception_code(stream, request(9999, 2)) == 2
    assert exception_code(stream, request(ODU, 14)) == 2
    assert exception_code(stream, request(ODU, 2, unit=9)) == 11


def test_a_request_may_come_in_pieces_and_two_in_one() -> None:
    _, _, stream = opened()
    data = request(ODU, 2, tid=1) + request(ODU + 2, 2, tid=2)
    stream.send(data[:5])
    assert stream.recv(256) is None
    stream.send(data[5:])
    first, second = stream.recv(256), stream.recv(256)
    assert first is not None
    assert second is not None
    assert (first[1], second[1]) == (1, 2)
    assert stream.recv(256) is None


def test_an_answer_may_be_read_in_pieces() -> None:
    _, _, stream = opened()
    stream.send(request(ODU, 2))
    parts = [stream.recv(4) for _ in range(4)]
    whole = b"".join(part for part in parts if part is not None)
    assert len(whole) == 13
    assert CLIENT.handleFrame(whole, 1, 7)[1] is not None


def test_a_slow_meter_answers_when_its_time_has_come() -> None:
    house, clock, stream = opened()
    house.inject(MeterFault(Meter.SLOW, delay_ms=3500))
    stream.send(request(ODU, 2))
    clock.forward(3499)
    assert stream.recv(256) is None
    clock.forward(1)
    assert stream.recv(256) is not None


def test_a_hung_meter_says_nothing_until_it_is_healed() -> None:
    house, clock, stream = opened()
    number = house.inject(MeterFault(Meter.HUNG))
    stream.send(request(ODU, 2))
    clock.forward(60_000)
    assert stream.recv(256) is None
    house.heal(number)
    assert len(registers(stream, ODU, 2)) == 2


def test_a_late_meter_repeats_the_previous_answer_first() -> None:
    house, _, stream = opened()
    stream.send(request(ODU, 2, tid=1))
    stream.recv(256)
    house.inject(MeterFault(Meter.LATE))
    stream.send(request(ODU, 2, tid=2))
    first, second = stream.recv(256), stream.recv(256)
    assert first is not None
    assert second is not None
    assert (first[1], second[1]) == (1, 2)


def test_garbage_exceptions_and_not_a_number() -> None:
    house, _, stream = opened()
    number = house.inject(MeterFault(Meter.GARBAGE))
    stream.send(request(ODU, 2))
    data = stream.recv(256)
    assert data is not None
    assert data[2:4] != b"\0\0"
    house.heal(number)
    number = house.inject(MeterFault(Meter.EXCEPTION, code=6))
    assert exception_code(stream, request(ODU, 2)) == 6
    house.heal(number)
    house.inject(MeterFault(Meter.NAN))
    value = watts(registers(stream, ODU, 2))
    assert value != value


def test_a_meter_that_drops_or_refuses_connections() -> None:
    house, clock, stream = opened()
    number = house.inject(MeterFault(Meter.DROP))
    stream.send(request(ODU, 2))
    assert stream.recv(256) == b""
    with pytest.raises(OSError, match="closed"):
        stream.send(request(ODU, 2))
    house.heal(number)
    house.inject(MeterFault(Meter.REFUSE))
    house.meter.drop(clock.mono_ms, "It hung up.")
    assert house.meter.words == "It hung up."
    assert house.meter.stream(clock.mono_ms) is None
    assert "refuses" in house.meter.words
    house.heal()
    again = house.meter.stream(clock.mono_ms)
    assert again is not None
    assert again is not stream
    assert house.meter.words == ""
    with pytest.raises(OSError, match="closed"):
        stream.recv(1)


def test_junk_makes_it_hang_up_rather_than_fall_over() -> None:
    house, _, stream = opened()
    stream.send(b"GET / HTTP/1.1\r\n\r\n")
    assert stream.recv(256) == b""
    for junk in (b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)), b"\0\1\0\0\0\3\1\x63\0", b"\0" * 64):
        house, clock, stream = opened()
        stream.send(junk)
        stream.recv(256)
        if stream.recv(256) != b"":
            stream.send(b"\xff" * INPUT_LIMIT)
            assert stream.recv(256) == b""
        house.meter.drop(clock.mono_ms, "junk")
        fresh = house.meter.stream(clock.mono_ms)
        assert fresh is not None
        assert len(registers(fresh, ODU, 2)) == 2


def test_on_a_serial_line_it_answers_the_drivers_own_questions_in_kilowatts() -> None:
    layout = msgspec.structs.replace(
        load_house("beech").meter,
        kind="rtu",
        function=3,
        registers=tuple(
            msgspec.structs.replace(r, scale_w=1000.0) for r in load_house("beech").meter.registers
        ),
    )
    watts = {register.channel: 1500.0 for register in layout.registers}
    clock = HandClock()
    twin = TwinMeter(layout, lambda: watts, lambda: clock.mono_ms, "NA")
    latest = Latest()
    driver = Driver(layout, twin, latest)
    for _ in range(30):
        driver.step(clock.forward(100))
    assert [latest.get(r.channel).value for r in layout.registers] == [1500] * 7  # type: ignore[union-attr]
    heal = twin.inject(MeterFault(Meter.HUNG))
    for _ in range(45):
        driver.step(clock.forward(100))
    assert not driver.device.ok
    heal()
    for _ in range(60):
        driver.step(clock.forward(100))
    assert driver.device.ok
