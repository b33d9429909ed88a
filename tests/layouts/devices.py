"""Layouts with the devices that the shipped houses do not have: serial meter, heat meters, 1-wire probes."""

from __future__ import annotations

import re
from pathlib import Path

from layouts.load import FOLDER, load_house
from layouts.model import House

BEECH = (FOLDER / "beech.toml").read_text(encoding="utf-8")
BTUS = """
[btus]
dist-btu = { hw_uid = "pico_bee021" }
primary-btu = { hw_uid = "pico_bee020", read_ct = true, gallons_per_pulse = 0.0009 }
store-btu = { capture_period_s = 60 }
"""
PROBES = """
[probes]
oat = "28-0000075a1c2b"
garage-air = "28-0000075a1c2c"

[channels.garage-air]
about = "garage"

[nodes.garage]
display = "Garage"
"""
SERIAL = (
    'kind = "rtu"\nserial_port = "/dev/serial/by-id/usb-FTDI_USB-RS485_A1-if00-port0"\nbaud = 19200\n'
    'parity = "even"\nfunction = 3'
)


def without(text: str, *channels: str) -> str:
    """The layout without the lines that name these channels."""
    for channel in channels:
        text = re.sub(rf"^{channel} = .*\n", "", text, flags=re.MULTILINE)
    return text


def with_btus(text: str = BEECH) -> str:
    """Three heat meters in the place of all flow modules and six thermistors."""
    text = re.sub(r"^\[flows\]\n(.+\n)*", "", text, flags=re.MULTILINE)
    pipes = ("dist-swt", "dist-rwt", "hp-lwt", "hp-ewt", "store-hot-pipe", "store-cold-pipe")
    return without(text, *pipes) + BTUS


def with_probes(text: str = BEECH) -> str:
    """The outdoor sensor on 1-wire, and one more."""
    return without(text, "oat") + PROBES


def with_serial_meter(text: str = BEECH) -> str:
    """The power meter on RS-485, counting in kW."""
    text = text.replace('host = "eGauge4030.local"\nport = 502', SERIAL)
    text = text.replace("EGAUGE__4030", "SCHNEIDERELECTRIC__IEM3455")
    return re.sub(r"(address = 60\d\d)", r"\1, scale_w = 1000", text)


def load(text: str, folder: Path) -> House:
    """The house of a layout's text."""
    path = folder / "elm.toml"
    path.write_text(text, encoding="utf-8")
    return load_house(path)
