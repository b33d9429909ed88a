"""`hw scan`, `read`, `walk` and `calibrate` on the simulated house, healthy and with something wrong."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hw import walk as walking
from hw.break_off import Interrupted, signals_break_off
from hw.bus import BusError
from hw.calibrate import calibrate
from hw.field import Field, others_at_work
from hw.read_channel import read_channel
from hw.scan import scan, with_spare_terminals
from hw.twin.faults import (
    Bus,
    BusFault,
    DeadPart,
    Fault,
    Meter,
    MeterFault,
    Part,
    Pico,
    PicoFault,
    PinFault,
    Thermistor,
    ThermistorFault,
)
from hw.walk import walk
from layouts.load import FOLDER, load_house
from layouts.model import House
from layouts.terminal import Terminal
from tests.annex import annex
from tests.commissioning.desk import Desk, Typist, command
from tests.service.machine import Computer, Listener
from tests.twin.house import energise

# ---------------------------------------------------------------------------------------------- scan


@pytest.mark.parametrize("house", ["orange", "beech"])
def test_a_healthy_house_is_as_the_layout_says(house: str) -> None:
    desk = Desk(house)
    assert scan(desk.field, desk.terminal()) == 0
    assert "All is as the layout says." in desk.shown
    assert "!!" not in desk.shown
    for words in ("0x21 relay board (PCF8575), relays 17 to 32", "terminal 3: hp-lwt reads", "tank2: module"):
        assert words in desk.shown


def test_a_scan_writes_to_no_relay_and_no_output() -> None:
    desk = Desk()
    energise(desk.world, 9)
    before = len(desk.world.i2c.trace)
    scan(desk.field, desk.terminal())
    assert len(desk.world.i2c.trace) == before
    assert desk.coils() == {9}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (BusFault(Bus.NACK, 0x21), "0x21 does not answer: relay board (PCF8575), relays 17 to 32. Look at"),
        (BusFault(Bus.NACK, 0x5F), "0x5F does not answer: 0-10 V board (GP8403), outputs 3 to 4."),
        (
            BusFault(Bus.NACK, 0x49),
            "terminal 5: store-hot-pipe: nothing can be read, its ADC does not answer.",
        ),
        (ThermistorFault("hp-ewt", Thermistor.OPEN), "terminal 4: hp-ewt: nothing is connected."),
        (ThermistorFault("hp-ewt", Thermistor.SHORT), "terminal 4: hp-ewt: its two wires touch."),
        (MeterFault(Meter.HUNG), "meter at 127.0.0.1:502 does not answer"),
        (MeterFault(Meter.EXCEPTION, code=2), "hp-odu-pwr: no value; is it a register of this meter?"),
        (
            PicoFault("tank2", Pico.SILENT),
            "tank2: module pico_0a0b02 asked for its parameters, but no measurement came.",
        ),
        (PicoFault("tank2", Pico.WRONG_UID), "'tank2' is module pico_0a0b02 in the layout, but"),
    ],
)
def test_what_is_wrong_is_a_sentence(fault: Fault, sentence: str) -> None:
    desk = Desk()
    desk.world.inject(fault)
    assert scan(desk.field, desk.terminal()) == 1
    assert sentence in desk.shown
    assert "to put right (!!)" in desk.shown


@pytest.mark.parametrize("house", ["orange", "beech", "maple"])
def test_a_short_listening_time_calls_no_module_wrong(house: str) -> None:
    desk = Desk(house)
    assert scan(desk.field, desk.terminal(), 5.0) == 0
    assert "!!" not in desk.shown
    assert (
        "not heard yet; a module that posts every 60 s needs hw scan --listen 75, and this one listened 6 s."
        in desk.shown
    )
    assert "Nothing is other than the layout says; " in desk.shown


def test_a_module_that_was_given_its_time_and_is_silent_is_wrong_and_a_slower_one_is_not() -> None:
    house = load_house("orange")
    desk = Desk(said=replace(house, tanks=(*house.tanks[:3], replace(house.tanks[3], capture_period_s=300))))
    energise(desk.world, 1)  # vdc: no 5 V
    assert scan(desk.field, desk.terminal(), 80.0) == 1
    assert desk.shown.count("was not heard. Is it powered (relay vdc)?") == 6
    assert "tank3: not heard yet; a module that posts every 300 s needs hw scan --listen 315" in desk.shown
    assert "6 things to put right (!!), " in desk.shown


def test_without_a_listening_time_the_slowest_module_counts_up_to_ten_minutes() -> None:
    house = load_house("orange")
    for period_s, words in ((60, "75 s"), (300, "315 s"), (3600, "600 s")):
        tank = replace(house.tanks[3], capture_period_s=period_s)
        desk = Desk(said=replace(house, tanks=(*house.tanks[:3], tank)))
        scan(desk.field, desk.terminal())
        assert f"modules for up to {words}:" in desk.shown


def test_a_scan_that_does_not_listen_says_so() -> None:
    desk = Desk()
    assert scan(desk.field, desk.terminal(), 0.0) == 0
    assert "store-flow, dist-flow) were not listened to; that takes hw scan --listen 75." in desk.shown


def test_modules_without_supply_are_not_heard() -> None:
    desk = Desk()
    energise(desk.world, 1)  # vdc: no 5 V
    assert scan(desk.field, desk.terminal()) == 1
    assert desk.shown.count("was not heard. Is it powered (relay vdc)?") == 7


def test_a_board_on_another_address_is_told_with_both() -> None:
    desk = Desk(said=replace(load_house("orange"), relay_boards=(0x20, 0x23)))
    assert scan(desk.field, desk.terminal(), 0.0) == 1
    assert "0x23 does not answer" in desk.shown
    assert "One answers at 0x21: set its address jumpers to 0x23, or correct [boards] relays." in desk.shown
    assert (
        "0x21 answers and stands in no table of the layout; by its address it may be a relay board"
        in desk.shown
    )


def swapped() -> House:
    house = load_house("orange")
    one, two = house.tanks[2], house.tanks[3]
    tanks = (*house.tanks[:2], replace(one, hw_uid=two.hw_uid), replace(two, hw_uid=one.hw_uid))
    return replace(house, tanks=tanks)


def test_two_modules_that_are_swapped_are_told_as_swapped() -> None:
    desk = Desk(said=swapped())
    assert scan(desk.field, desk.terminal()) == 1
    assert (
        "module pico_0a0b02 posts as 'tank2', but the layout has it at 'tank3': the two are swapped"
        in desk.shown
    )


def test_a_module_of_nobody_is_told() -> None:
    house = load_house("orange")
    desk = Desk(said=replace(house, tanks=house.tanks[:3]))
    assert scan(desk.field, desk.terminal()) == 1
    assert "module pico_0a0b03 posts as 'tank3', which is in no table of the layout." in desk.shown


def test_a_thermistor_on_a_terminal_of_no_channel_is_told() -> None:
    house = load_house("orange")
    less = replace(house, pipes=replace(house.pipes, thermistors=house.pipes.thermistors[:7]))
    desk = Desk(said=with_spare_terminals(less))
    assert scan(desk.field, desk.terminal()) == 1
    assert "terminal 8: a thermistor reads" in desk.shown
    assert "terminal 9" not in desk.shown  # nothing hangs there


def test_1_wire_probes_are_compared_with_the_folder_of_the_kernel(tmp_path: Path) -> None:
    from hw.scan import one_wire
    from tests.layouts.devices import load, with_probes

    house = load(with_probes(), tmp_path)
    (tmp_path / "w1" / "28-0000075a1c2b").mkdir(parents=True)
    (tmp_path / "w1" / "28-0000075a9999").mkdir()
    desk = Desk()
    desk.ports.world = None
    told = {words: good for good, words in one_wire(desk.field, house, str(tmp_path / "w1"))}
    assert told["1-wire 28-0000075a1c2b: oat"] is True
    assert told["1-wire 28-0000075a1c2c: garage-air is not on the bus."] is False
    assert any("28-0000075a9999 is on the bus; write" in words for words in told)


# ---------------------------------------------------------------------------------------------- read


def test_a_channel_is_read_raw_and_converted() -> None:
    desk = Desk()
    assert read_channel(desk.field, "buffer-depth1-device", desk.terminal()) == 0
    assert "buffer-depth1-device: raw 655" in desk.shown
    assert "°C (150.0 °F), good, " in desk.shown
    assert "buffer speaks every 60 s" in desk.shown


def test_a_depth_is_worked_out_with_its_calibration() -> None:
    desk = Desk("beech")
    assert read_channel(desk.field, "buffer-depth2", desk.terminal()) == 0
    assert "buffer-depth2: 150.4" in desk.shown
    assert "+0.4 °F" in desk.shown


def test_an_unknown_channel_is_answered_with_the_nearest() -> None:
    desk = Desk()
    assert read_channel(desk.field, "hp-lvt", desk.terminal()) == 78
    assert "there is no channel 'hp-lvt'. Did you mean 'hp-lwt'?" in desk.complaints


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("relay9", "there is no channel 'relay9'. There are: store-pump-failsafe-relay9."),
        ("tank1", "There are: tank1-depth1-device, tank1-depth1-micro-v, tank1-depth2-device,"),
        ("hp-lvt", "Did you mean 'hp-lwt'?"),
        ("nonsense", "there is no channel 'nonsense'."),
    ],
)
def test_a_channel_that_is_not_there_is_answered_with_what_is_near(name: str, sentence: str) -> None:
    desk = Desk()
    assert read_channel(desk.field, name, desk.terminal()) == 78
    assert sentence in desk.complaints


def test_a_scan_names_what_hangs_on_the_other_computer() -> None:
    desk = Desk("maple")
    scan(desk.field, desk.terminal())
    assert "On the other computer of this house, to be scanned there: tank3, " in desk.shown
    desk = Desk()
    scan(desk.field, desk.terminal(), 0.0)
    assert "other computer" not in desk.shown


def test_the_end_of_the_input_breaks_a_walk_off() -> None:
    desk = Desk()
    assert walk(desk.field, desk.terminal(Typist("n", "y"))) == 130
    assert desk.pulses() == [2]
    assert "Broken off: the input ended." in desk.shown
    assert "Every relay stands where it was found." in desk.shown


def test_the_end_of_the_input_writes_no_offset(tmp_path: Path) -> None:
    layout = tmp_path / "oak.toml"
    layout.write_text((FOLDER / "orange.toml").read_text(encoding="utf-8"), encoding="utf-8")
    before = layout.read_bytes()
    words = ("calibrate", "buffer", "--seconds", "90", "--reference-f", "114")
    config = f'[site]\nlayout = "{layout}"\n'
    code, said, _ = command(tmp_path, *words, config=config, into=Typist())
    assert (code, layout.read_bytes()) == (130, before)
    assert said.endswith("Broken off: the input ended. Nothing was written.\n")


def test_a_channel_that_cannot_be_read_says_why() -> None:
    desk = Desk()
    desk.world.inject(ThermistorFault("hp-lwt", Thermistor.OPEN))
    assert read_channel(desk.field, "hp-lwt", desk.terminal()) == 1
    assert "hp-lwt: open" in desk.shown


def test_a_relay_is_read_where_it_stands_and_not_moved() -> None:
    desk = Desk()
    energise(desk.world, 9)
    assert read_channel(desk.field, "store-pump-failsafe-relay9", desk.terminal()) == 0
    assert "raw 1, energised, good" in desk.shown
    assert len(desk.world.i2c.trace) == 1


def test_a_channel_says_which_device_fails_it() -> None:
    desk = Desk()
    desk.world.inject(BusFault(Bus.NACK, 0x4B))
    assert read_channel(desk.field, "hp-lwt", desk.terminal()) == 1
    assert "pipe sensor ADC 0x4b: I2C address 0x4b does not acknowledge." in desk.shown


def test_what_hangs_on_the_other_computer_is_read_there() -> None:
    desk = Desk(said=annex())
    assert read_channel(desk.field, "hp-lwt", desk.terminal()) == 1
    assert "analog-temp hangs on the other computer of this house; read it there." in desk.complaints


class NoBus:
    """A computer without an I2C device."""

    spent_us = 0

    def read(self, address: int, count: int) -> bytes:
        raise BusError("/dev/i2c-1 is missing: enable I2C.") from FileNotFoundError()

    def write(self, address: int, data: bytes) -> None:
        self.read(address, 0)


def test_a_bus_that_is_not_there_is_one_sentence() -> None:
    desk = Desk()
    ports = replace(desk.ports, i2c=NoBus())
    field = Field(desk.house, desk.settings, desk.clock, ports)
    assert scan(field, desk.terminal(), 0.0) == 1
    assert desk.shown.count("/dev/i2c-1 is missing") == 1
    assert "terminal 1" not in desk.shown
    assert walk(field, desk.terminal(), yes=True) == 1
    assert desk.complaints == "/dev/i2c-1 is missing: enable I2C; nothing is switched.\n"


# ---------------------------------------------------------------------------------------------- walk


def test_a_walk_switches_every_relay_once_and_puts_each_back() -> None:
    desk = Desk()
    assert walk(desk.field, desk.terminal(), yes=True) == 0
    led = {11: [12, 11], 18: [17, 18], 5: [5, 6]}  # leaders first; 6 with 5, or the heat pump would be called
    numbers = [relay.index for relay in desk.house.relays]
    assert desk.pulses() == [index for number in numbers for index in led.get(number, [number])]
    assert all(len(c.before ^ c.after) == 1 for c in desk.world.i2c.trace if c.after != {5, 6})
    assert desk.coils() == frozenset()
    assert "Every relay stands where it was found." in desk.shown
    assert desk.shown.count("readback: followed") == len(desk.house.relays)


def test_a_walk_shows_the_measured_effect() -> None:
    desk = Desk()
    assert walk(desk.field, desk.terminal(), yes=True, only="store-pump-failsafe") == 0
    assert "store-flow 0.0 -> " in desk.shown
    assert "store-pump-pwr 0.0 -> " in desk.shown


def test_a_dead_pump_is_missed() -> None:
    desk = Desk()
    desk.world.inject(DeadPart(Part.STORE_PUMP))
    walk(desk.field, desk.terminal(), yes=True, only="relay9")
    assert "expected store-flow to move, and it did not" in desk.shown


def test_a_walk_asks_before_each_relay_and_a_no_leaves_it_alone() -> None:
    desk = Desk()
    typist = Typist("n", "y", *[""] * 20)
    assert walk(desk.field, desk.terminal(typist)) == 0
    assert desk.pulses() == [2]
    assert typist.asked == len(desk.house.relays)
    assert "1 relay(s) switched, 13 left alone." in desk.shown


def test_the_walk_restores_what_it_found_not_rest() -> None:
    desk = Desk()
    energise(desk.world, 3, 17)
    assert walk(desk.field, desk.terminal(), yes=True) == 0
    assert desk.coils() == {3, 17}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("ticks", [1, 5, 90, 100, 131])
def test_a_signal_at_any_moment_restores(
    number: signal.Signals, ticks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal comes in the given tick, and once more in each tick of the way back."""
    desk = Desk()
    energise(desk.world, 3)
    left, before = [ticks], signal.getsignal(number)
    tick = desk.field.tick

    def struck() -> None:
        tick()
        left[0] -= 1
        if left[0] <= 0 and desk.field.outputs is not None:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(desk.field, "tick", struck)
    assert walk(desk.field, desk.terminal(), yes=True) == 130
    assert desk.coils() == {3}
    assert "Broken off: " in desk.shown
    assert "Every relay stands where it was found." in desk.shown
    assert signal.getsignal(number) is before


class Gone(io.StringIO):
    """A terminal that is no longer there after some lines."""

    lines = 0

    def write(self, text: str, /) -> int:
        self.lines += 1
        if self.lines > 12:
            raise OSError(5, "Input/output error")
        return super().write(text)


def test_a_terminal_that_is_gone_keeps_nobody_from_restoring() -> None:
    desk = Desk()
    energise(desk.world, 3)
    with pytest.raises(OSError, match="Input/output"):
        walk(desk.field, Terminal(io.StringIO(), Gone(), Gone()), yes=True)
    assert len(desk.pulses()) > 2
    assert desk.coils() == {3}


def test_the_first_signal_silences_the_next() -> None:
    with signals_break_off():
        with pytest.raises(Interrupted, match="Ctrl-C"):
            os.kill(os.getpid(), signal.SIGINT)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), number)


def test_ctrl_c_at_the_question_restores() -> None:
    desk = Desk()

    def strike() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    assert walk(desk.field, desk.terminal(Typist("y", "y", "y", at={3: strike}))) == 130
    assert desk.coils() == frozenset()


def test_a_bug_on_the_way_restores_too(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    monkeypatch.setattr(walking, "changes", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        walk(desk.field, desk.terminal(), yes=True)
    assert desk.coils() == frozenset()


def test_a_relay_that_does_not_follow_is_named() -> None:
    desk = Desk()
    desk.world.inject(PinFault(9, low=False))
    assert walk(desk.field, desk.terminal(), yes=True) == 1
    assert "Did not follow: relay9." in desk.shown


def test_a_board_that_dies_on_the_way_is_said_to_be_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()

    def die() -> None:
        desk.world.inject(BusFault(Bus.NACK, 0x20))

    typist = Typist("n", "n", "y", *["n"] * 20, at={4: die})
    assert walk(desk.field, desk.terminal(typist), hold_s=5.0) != 0
    assert "NOT put back: relay1," in desk.complaints
    assert "python hw/failsafe.py" in desk.complaints


def test_a_board_that_does_not_answer_is_not_walked() -> None:
    desk = Desk()
    desk.world.inject(BusFault(Bus.NACK, 0x21))
    assert walk(desk.field, desk.terminal(), yes=True) == 1
    assert "relay17, relay18: the board does not answer; nothing is switched." in desk.complaints
    assert desk.pulses() == []


def test_the_second_computer_of_a_house_walks_nothing() -> None:
    desk = Desk(said=annex())
    desk.field.settings = replace(desk.settings, site=replace(desk.settings.site, role="secondary"))
    assert walk(desk.field, desk.terminal(), yes=True) == 1
    assert "This computer switches no relay" in desk.complaints


def test_a_second_writer_on_the_way_ends_the_walk() -> None:
    desk = Desk()

    def write() -> None:
        energise(desk.world, 12)

    code = walk(desk.field, desk.terminal(Typist("y", "y", *["n"] * 20, at={2: write})), hold_s=5.0)
    assert code in (1, 130)
    assert "somebody else moved relays" in desk.shown
    assert desk.coils() == frozenset()


def test_whoever_starts_meanwhile_ends_the_walk() -> None:
    desk = Desk()
    calls: list[int] = []

    def hindered() -> list[str]:
        calls.append(1)
        return ["spaceheat-scada.service runs"] if len(calls) > 2 else []

    assert walk(desk.field, desk.terminal(), yes=True, hindered=hindered) == 130
    assert desk.pulses() == [1, 2]
    assert "Broken off: spaceheat-scada.service runs." in desk.shown


def test_while_the_heat_pump_runs_its_relays_are_left_alone() -> None:
    desk = Desk(tank_start_f=100.0)  # so the aquastat calls it
    desk.field.run(900)
    assert walk(desk.field, desk.terminal(), yes=True, only="primary-pump-failsafe") == 0
    assert "left alone, because the heat pump runs (" in desk.shown
    assert desk.pulses() == []


def test_without_a_meter_nobody_knows_whether_it_runs() -> None:
    desk = Desk()
    desk.world.inject(MeterFault(Meter.HUNG))
    assert walk(desk.field, desk.terminal(), yes=True, only="hp-scada-ops") == 0
    assert "whether the heat pump runs is not known" in desk.shown
    assert desk.pulses() == []


# ----------------------------------------------------------------------------------------- calibrate


def copied(tmp_path: Path) -> tuple[Path, Desk]:
    path = tmp_path / "beech.toml"
    path.write_text((FOLDER / "beech.toml").read_text(encoding="utf-8"), encoding="utf-8")
    desk = Desk("beech")
    site = replace(desk.settings.site, layout=str(path))
    desk.field.settings = replace(desk.settings, site=site)
    return path, desk


def test_offsets_against_a_thermometer_are_written_and_every_comment_stays(tmp_path: Path) -> None:
    path, desk = copied(tmp_path)
    before = path.read_text(encoding="utf-8").splitlines()
    code = calibrate(desk.field, "tank2", desk.terminal(Typist("y")), reference_f=151.2, seconds=90)
    assert code == 0, desk.complaints
    after = path.read_text(encoding="utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        (
            'tank2 = { hw_uid = "pico_bee002" }',
            'tank2 = { hw_uid = "pico_bee002", calibration_b = [1.2, 1.2, 1.2] }',
        )
    ]
    assert load_house(path).tanks[2].calibration.b == (1.2, 1.2, 1.2)


def test_sensors_of_a_mixed_tank_are_brought_to_their_middle(tmp_path: Path) -> None:
    path, desk = copied(tmp_path)
    assert calibrate(desk.field, "buffer", desk.terminal(), seconds=90, yes=True) == 0, desk.complaints
    assert load_house(path).tanks[0].calibration.b == (0.0, 0.0, 0.0)
    assert "right only when the tank is mixed" in desk.shown


def test_a_no_writes_nothing(tmp_path: Path) -> None:
    path, desk = copied(tmp_path)
    before = path.read_bytes()
    assert calibrate(desk.field, "tank1", desk.terminal(Typist("n")), reference_f=151.0, seconds=90) == 0
    assert path.read_bytes() == before
    assert "Nothing was written." in desk.shown


@pytest.mark.parametrize(
    ("reference", "seconds", "start", "words"),
    [
        (200.0, 90, 150.0, "not an offset"),
        (None, 1200, 100.0, "while it was watched; wait until it is at rest"),
    ],
)
def test_offsets_that_cannot_be_right_are_refused(
    tmp_path: Path, reference: float | None, seconds: float, start: float, words: str
) -> None:
    path, _ = copied(tmp_path)
    desk = Desk("beech", tank_start_f=start)
    before = path.read_bytes()
    assert (
        calibrate(desk.field, "buffer", desk.terminal(), reference_f=reference, seconds=seconds, yes=True)
        == 1
    )
    assert words in desk.complaints
    assert path.read_bytes() == before


def test_a_tank_nobody_hears_is_not_calibrated() -> None:
    desk = Desk()
    desk.world.inject(PicoFault("tank1", Pico.SILENT))
    assert calibrate(desk.field, "tank1", desk.terminal(), seconds=90, yes=True) == 1
    assert "nothing was heard of depth 1, depth 2, depth 3; nothing is written" in desk.complaints


def test_a_tank_that_is_not_there_is_answered_with_the_nearest() -> None:
    desk = Desk()
    assert calibrate(desk.field, "tank9", desk.terminal()) == 78
    assert "Did you mean 'tank" in desk.complaints


# ------------------------------------------------------------------------------------ the whole command


def test_every_command_says_first_that_the_house_is_simulated(tmp_path: Path) -> None:
    for words in (("scan", "--listen", "0"), ("read", "hp-lwt"), ("walk", "relay2", "--yes")):
        code, said, _ = command(tmp_path, *words)
        assert code == 0, words
        assert said.startswith("Little Orange House (layouts/orange.toml), SIMULATED house: nothing real")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("walk",), "nobody is at a terminal to answer; --yes switches every relay without asking."),
        (("walk", "--yes", "relay99"), "there is no relay 'relay99'. Did you mean 'relay9'?"),
        (("read",), "hw read takes the name of a channel: hw read hp-lwt"),
        (("calibrate",), "hw calibrate takes the name of a tank: hw calibrate buffer"),
        (("calibrate", "buffer", "--seconds", "90", "--reference-f", "114"), "with --yes"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    layout = tmp_path / "oak.toml"
    layout.write_text((FOLDER / "orange.toml").read_text(encoding="utf-8"), encoding="utf-8")
    before = layout.read_bytes()
    code, _, wrong = command(tmp_path, *words, config=f'[site]\nlayout = "{layout}"\n')
    assert code == 78
    assert sentence in wrong
    assert layout.read_bytes() == before


@pytest.mark.parametrize("more", [(), ("--yes",)])
def test_a_relay_that_is_not_there_is_refused_before_anything_else(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    """Also while the program runs, without a terminal, and with no bus to be opened."""

    def never(*_: object) -> Any:
        raise AssertionError("the buses were opened")

    running = Computer(tmp_path / "a", listener=Listener(active=["spaceheat-scada.service"]))
    config = '[site]\nlayout = "beech"\n[hardware]\nbus = "real"\n[weather]\nsource = "coldest-of-month"\n'
    code, said, wrong = command(
        tmp_path, "walk", "relay99", *more, config=config, machine=running.machine, ports=never
    )
    assert (code, said) == (78, "")
    assert wrong == "layouts/beech.toml: there is no relay 'relay99'. Did you mean 'relay9'?\n"


def real(tmp_path: Path, computer: Computer, what: str) -> tuple[int, str, str]:
    def never(*_: object) -> None:
        raise AssertionError("the buses were opened")

    config = '[site]\nlayout = "beech"\n[hardware]\nbus = "real"\n[weather]\nsource = "coldest-of-month"\n'
    words = {"scan": [what], "read": [what, "x"], "walk": [what, "relay1", "--yes"]}.get(
        what, [what, "x", "--yes"]
    )
    return command(tmp_path, *words, config=config, machine=computer.machine, ports=never)  # type: ignore[arg-type]


@pytest.mark.parametrize("what", ["scan", "read", "walk", "calibrate"])
def test_on_real_buses_nothing_is_opened_while_somebody_else_drives_them(tmp_path: Path, what: str) -> None:
    running = Computer(tmp_path / "a", listener=Listener(active=["spaceheat-scada.service"]))
    code, _, wrong = real(tmp_path, running, what)
    assert code == 75
    assert "runs; stop it first: sudo systemctl stop" in wrong
    by_hand = Computer(tmp_path / "b")
    by_hand.put("proc/4711/cmdline", "python\0scada.py\0run\0")
    code, _, wrong = real(tmp_path, by_hand, what)
    assert code == 75
    assert "process 4711 drives the relays (python scada.py run); end it first." in wrong
    older = Computer(tmp_path / "c", listener=Listener(active=["gwspaceheat.service"]))
    older.older()
    code, _, wrong = real(tmp_path, older, what)
    assert code == 75
    assert "the older service gwspaceheat.service runs" in wrong


def test_the_commands_themselves_are_nobodys_second_writer(tmp_path: Path) -> None:
    computer = Computer(tmp_path)
    computer.put("proc/12/cmdline", "python\0scada.py\0hw\0walk\0")
    assert list(others_at_work(computer.machine)) == []


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("hold", float("nan"), "--hold: nan is not between 1 and 600 s."),
        ("hold", -5.0, "--hold: -5 is not between 1 and 600 s."),
        ("listen", -1.0, "--listen: -1 is not between 0 and 3600 s."),
        ("seconds", 1e18, "--seconds: 1e+18 is not between 30 and 7200 s."),
        ("reference_f", float("nan"), "--reference-f: nan is not between 32 and 212 °F."),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_before_anything_is_switched(
    option: str, value: float, words: str
) -> None:
    from argparse import Namespace

    from hw.field_command import out_of_bounds

    whole = Namespace(hold=30.0, listen=75.0, seconds=300.0, reference_f=None)
    assert out_of_bounds(whole) == []
    setattr(whole, option, value)
    assert out_of_bounds(whole) == [words]


def steps(desk: Desk) -> list[frozenset[int]]:
    """Every set of energised relays there was, in order."""
    return [change.after for change in desk.world.i2c.trace]


def test_a_relay_whose_leader_rests_is_measured_with_it_and_both_go_back_the_leader_last() -> None:
    desk = Desk()
    typist = Typist("y", "y")
    assert walk(desk.field, desk.terminal(typist), only="relay11") == 0
    assert "It moves something only while relay12 stands at Scada, not at HeatPump. Switch" in desk.shown
    assert typist.asked == 2
    assert steps(desk) == [{12}, {11, 12}, {12}, set()]
    assert "primary-flow 0.0 -> " in desk.shown
    assert "expected" not in desk.shown
    assert "only its readback is judged" not in desk.shown


def test_a_no_to_the_leader_leaves_the_relay_to_its_readback() -> None:
    desk = Desk()
    assert walk(desk.field, desk.terminal(Typist("y", "n")), only="relay11") == 0
    assert steps(desk) == [{11}, set()]
    assert "nothing moves by it while relay12 stands at HeatPump: only its readback is judged" in desk.shown
    assert "expected" not in desk.shown


@pytest.mark.parametrize("house", ["orange", "beech", "maple"])
def test_a_zones_call_is_measured_at_its_wire(house: str) -> None:
    desk = Desk(house)
    zone = desk.house.zones[0]
    assert walk(desk.field, desk.terminal(), yes=True, only=zone.ops_relay) == 0
    assert f"{zone.failsafe_relay} is switched too." in desk.shown
    assert f"{zone.whitewire_channel} 0.0 -> " in desk.shown
    assert "expected" not in desk.shown
    assert desk.coils() == frozenset()


def test_a_leader_that_does_not_follow_leaves_the_relay_to_its_readback() -> None:
    desk = Desk()
    desk.world.inject(PinFault(12, low=False))
    assert walk(desk.field, desk.terminal(), yes=True, only="relay11") == 0
    assert "relay12 DID NOT FOLLOW and is put back" in desk.shown
    assert "only its readback is judged" in desk.shown


def test_a_leader_that_stands_energised_already_is_left_so() -> None:
    desk = Desk()
    energise(desk.world, 12)
    assert walk(desk.field, desk.terminal(), yes=True, only="relay11") == 0
    assert steps(desk) == [{12}, {11, 12}, {12}]


@pytest.mark.parametrize("ticks", range(5, 109, 6))
def test_a_signal_while_a_leader_is_switched_puts_both_back(
    ticks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    left, tick = [ticks], desk.field.tick

    def struck() -> None:
        tick()
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(desk.field, "tick", struck)
    code = walk(desk.field, desk.terminal(), yes=True, only="relay11")
    assert code == 130
    assert desk.coils() == frozenset()


@pytest.mark.parametrize("hold_s", [None, 600.0])
@pytest.mark.parametrize("found", [(), (5,), (6,), (5, 6)])
def test_a_walk_never_calls_the_heat_pump_however_it_was_found(
    found: tuple[int, ...], hold_s: float | None
) -> None:
    """Relay 5 energised with relay 6 at rest is a call: no step of the walk makes one that was not there."""
    for only in ("hp-failsafe", "hp-scada-ops"):
        desk = Desk()
        energise(desk.world, *found)
        walk(desk.field, desk.terminal(), yes=True, hold_s=hold_s, only=only)
        calls = [5 in coils and 6 not in coils for coils in steps(desk)]
        assert not any(calls) or found == (5,), only
        assert desk.coils() == frozenset(found)


def test_the_heat_pumps_call_is_judged_by_its_readback_and_says_why() -> None:
    desk = Desk()
    assert walk(desk.field, desk.terminal(), yes=True, only="relay6") == 0
    assert "with relay5 switched it would start the compressor, which a walk never does" in desk.shown
    desk = Desk()
    energise(desk.world, 5, 6)
    assert walk(desk.field, desk.terminal(), yes=True, only="relay6") == 0
    assert "relay6 hp-scada-ops: left alone, because relay5 stands energised, so this would" in desk.shown
