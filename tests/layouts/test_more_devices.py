# ruff: noqa: E501 - a sentence stands on one line, as it is printed
"""The tables for serial meters, heat meters and 1-wire probes: what becomes of them, and every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from layouts.check_house import broken_axioms
from layouts.mistakes import LayoutMistakes
from layouts.share import share_of
from tests.layouts.devices import BEECH, load, with_btus, with_probes, with_serial_meter


def sentences(text: str, folder: Path) -> list[str]:
    try:
        load(text, folder)
    except LayoutMistakes as mistakes:
        return [sentence.partition("elm.toml")[2] for sentence in mistakes.sentences]
    return []


def edited(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_a_heat_meter_takes_the_place_of_a_flow_module_and_two_thermistors(tmp_path: Path) -> None:
    house = load(with_btus(), tmp_path)
    assert [b.node for b in house.btus] == ["dist-btu", "primary-btu", "store-btu"]
    primary = house.btus[1]
    assert (primary.flow, primary.hot, primary.cold, primary.ct) == (
        "primary-flow", "hp-lwt", "hp-ewt", "primary-btu-ct",
    )  # fmt: skip
    for name, telemetry, period_s in (
        ("primary-flow", "GpmTimes100", 300),
        ("hp-lwt", "WaterTempCTimes1000", 300),
        ("store-cold-pipe", "WaterTempCTimes1000", 60),
        ("primary-btu-ct", "VoltsTimes100", 300),
    ):
        channel = house.channel_by_name[name]
        assert (channel.telemetry, channel.capture_period_s) == (telemetry, period_s)
        assert channel.stale_ms == 2500 * period_s
        assert house.node_by_name[channel.captured_by].actor_class == "ApiBtuMeter"
    assert broken_axioms(house) == ()
    assert {"hp-lwt", "store-hot-pipe", "buffer-hot-pipe"} <= set(house.pipe_channels)
    assert set(house.flow_channels) == {"primary-flow", "dist-flow", "store-flow"}


def test_a_probe_measures_a_pipe_of_the_catalogue_or_a_channel_of_ones_own(tmp_path: Path) -> None:
    house = load(with_probes(), tmp_path)
    assert [(p.channel, p.rom) for p in house.probes] == [
        ("oat", "28-0000075a1c2b"), ("garage-air", "28-0000075a1c2c"),
    ]  # fmt: skip
    oat = house.channel_by_name["oat"]
    assert (oat.captured_by, oat.telemetry, oat.stale_ms) == ("one-wire", "WaterTempCTimes1000", 75_000)
    assert house.channel_by_name["garage-air"].about == "garage"
    assert broken_axioms(house) == ()


def test_a_serial_meter_has_a_device_a_speed_and_a_scale(tmp_path: Path) -> None:
    meter = load(with_serial_meter(), tmp_path).meter
    assert (meter.kind, meter.baud, meter.parity, meter.function) == ("rtu", 19_200, "even", 3)
    assert meter.place == "/dev/serial/by-id/usb-FTDI_USB-RS485_A1-if00-port0 (19200 baud)"
    assert {register.scale_w for register in meter.registers} == {1000.0}


def test_what_hangs_on_the_second_computer_is_not_the_firsts(tmp_path: Path) -> None:
    text = with_probes(with_btus()) + '\n[nodes.one-wire]\nruns_on = "s2"\n[nodes.dist-btu]\nruns_on = "s2"\n'
    house = load(text, tmp_path)
    first, second = share_of(house, "primary"), share_of(house, "secondary")
    assert not first.probes
    assert [b.node for b in first.btus] == ["primary-btu", "store-btu"]
    assert [b.node for b in second.btus] == ["dist-btu"]
    assert len(second.probes) == 2


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (with_btus(), "dist-btu = {", "dist-bty = {", [
            " [flows]: nobody captures 'dist-flow'; the control of every house needs it.",
            " [btus.dist-bty]: there is no heat meter of that name. Did you mean 'dist-btu'?",
            " [pipes.thermistors]: nobody captures 'dist-swt'; the control of every house needs it.",
            " [pipes.thermistors]: nobody captures 'dist-rwt'; the control of every house needs it."]),
        (with_btus(), "pico_bee021", "pico_bee020", [
            " [btus.primary-btu]: hw_uid 'pico_bee020' is already taken by 'dist-btu'."]),
        (with_btus(), "pico_bee021", "pico_bee000", [
            " [btus.dist-btu]: hw_uid 'pico_bee000' is already taken by 'buffer'."]),
        (with_btus(), "capture_period_s = 60", "capture_period_s = 1", [
            " [btus.store-btu]: capture_period_s must be a whole number from 5 to 3600, not 1."]),
        (with_btus(), "capture_period_s = 60", 'hot = "store-hot-pip"', [
            " [btus.store-btu]: there is no channel 'store-hot-pip'. Did you mean 'store-hot-pipe'? For a channel of "
            "your own write [channels.store-hot-pip] with 'about'.",
            " [pipes.thermistors]: nobody captures 'store-hot-pipe'; the control of every house needs it."]),
        (with_probes(), '"28-0000075a1c2b"', '"28-75A1C2B"', [
            " [probes]: oat: rom must be '28-' and twelve lower-case hexadecimal digits, as /sys/bus/w1/devices lists "
            "it, not '28-75A1C2B'."]),
        (with_probes(), "28-0000075a1c2b", "28-0000075a1c2c", [
            " [probes]: number '28-0000075a1c2c' is already taken by 'oat'."]),
        (with_probes(), 'about = "garage"', "stale_s = 90", [
            " [probes]: there is no channel 'garage-air'. Known: dist-swt, dist-rwt, hp-lwt, hp-ewt, store-hot-pipe, "
            "store-cold-pipe, buffer-hot-pipe, buffer-cold-pipe, oat, sieg-cold. For a channel of your own write "
            "[channels.garage-air] with 'about'.",
            " [nodes.garage]: there is no node of that name. A node of your own needs a channel that is about "
            "it.",
            " [channels.garage-air]: about is 'garage-air', but there is no such node."]),
        (with_serial_meter(), 'serial_port = "/dev/serial/by-id/usb-FTDI_USB-RS485_A1-if00-port0"\n', "", [
            " [meter]: 'serial_port' is missing: the serial device, for example "
            "'/dev/serial/by-id/usb-FTDI_RS485_1234-if00-port0'."]),
        (with_serial_meter(), 'kind = "rtu"', 'kind = "tcp"', [
            " [meter]: 'host' is missing: name or address of the meter, for example 'eGauge14875.local'."]),
        (with_serial_meter(), "function = 3", "function = 6", [
            " [meter]: function must be a whole number from 3 to 4, not 6."]),
        (with_serial_meter(), 'parity = "even"', 'parity = "evn"', [
            " [meter]: parity must be 'none' or 'even' or 'odd', not 'evn'. Did you mean 'even'?"]),
        (BEECH, "[pipes]\n", "[probes]\noat = '28-0000075a1c2b'\n[pipes]\n", [
            ": channel 'oat' is captured 2 times, by analog-temp and one-wire."]),
    ],
)  # fmt: skip
def test_a_mistake_gets_exactly_these_sentences(
    text: str, old: str, new: str, said: list[str], tmp_path: Path
) -> None:
    assert sentences(edited(text, old, new), tmp_path) == said


def test_a_flow_measured_twice_is_refused(tmp_path: Path) -> None:
    text = BEECH + '\n[btus]\ndist-btu = { hw_uid = "pico_bee021" }\n'
    said = sentences(text, tmp_path)
    assert said[0] == (
        " [btus.dist-btu]: 'dist-flow' is measured by [flows.dist-flow] too; a heat meter stands in its place."
    )
