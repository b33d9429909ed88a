"""The part of `qemu` that runs in the guest: production code on the kernel's buses and lines."""

from __future__ import annotations

import mmap
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from hw.bus import BusError
from hw.clock import RealClock, stopwatch_ns
from hw.header import open_header
from hw.i2c import LinuxI2c
from hw.pins import Pins
from hw.twin.ports import twin_ports
from layouts.load import load_house
from layouts.settings import Gpio, Settings
from tests.bench._usb_i2c import plug_in

HOUSE = "beech"
ROUNDS = 200
CHIPS_SAID = Path("/tmp/chips")
CONFIG = Path("/tmp/config.toml")
STUB_WORD = 0xA55A
REAL = {
    'layout = "orange"': f'layout = "{HOUSE}"',
    'bus = "twin"': 'bus = "real"',
    'source = "twin"': 'source = "coldest-of-month"',
}
"""What makes the shipped config.toml one of a real house."""

BEAT, LIGHT, SWITCH = 17, 27, 22
PI_GPIO, PAGE = 0x3F200000, 4096
SET_0, CLEAR_0, LEVEL_0 = 0x1C, 0x28, 0x34
TICKS, TICK_S = 40, 0.1
LIBRARIES = {"RPi.GPIO (Debian)": "/site", "rpi-lgpio (PyPI)": "/site-lgpio:/site"}
LIMIT_S = 240.0


def say(words: str) -> None:
    """One finding, at once."""
    print(f"| {words}", flush=True)


def adapters() -> dict[str, int]:
    """Name of every adapter of this kernel -> its number."""
    folders = Path("/sys/class/i2c-dev").glob("i2c-*")
    return {
        (f / "name").read_text(encoding="ascii").strip(): int(f.name.removeprefix("i2c-")) for f in folders
    }


def number_of(words: str) -> int:
    """The adapter whose name has these words."""
    return next(number for name, number in adapters().items() if words in name)


def tell_adapter(number: int) -> None:
    """Whether it opens, and what it says it can."""
    from smbus2 import SMBus

    name = next(name for name, other in adapters().items() if other == number)
    with SMBus(number) as bus:
        raw = "with" if bus.funcs & 1 else "WITHOUT"
        say(f"/dev/i2c-{number} '{name}' opens; functions {int(bus.funcs):08x}, {raw} raw transfers")


def attempt(words: str, work: Callable[[], object]) -> None:
    """What came of one piece of work, and how long it took."""
    begin_ns = stopwatch_ns()
    try:
        found = work()
        said = found.hex(" ") if isinstance(found, bytes) else "taken"
    except BusError as error:
        said = f"{type(error).__name__} <- {error.__cause__!r}: {error}"
    say(f"{words}: {said} ({(stopwatch_ns() - begin_ns) / 1e6:.2f} ms)")


def rate(words: str, work: Callable[[], object]) -> None:
    """How long one transaction takes, many times over."""
    took_ms = []
    for _ in range(ROUNDS):
        begin_ns = stopwatch_ns()
        work()
        took_ms.append((stopwatch_ns() - begin_ns) / 1e6)
    took_ms.sort()
    say(f"{words}, {ROUNDS} times: p50 {median(took_ms):.2f} ms, worst {took_ms[-1]:.2f} ms")


def run(*words: str, path: str = "/site") -> None:
    """A command as a person would type it, its words and exit code."""
    begin_ns = stopwatch_ns()
    child = subprocess.run(
        [sys.executable, "-B", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONPATH": path},
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    say(f"$ python {' '.join(words)}")
    for line in child.stdout.splitlines():
        say(f"    {line}")
    say(f"  exit code {child.returncode} after {(stopwatch_ns() - begin_ns) / 1e9:.1f} s")


def stub() -> None:
    """The kernel's simulated SMBus chips, which know no raw transfer."""
    number = number_of("SMBus stub")
    tell_adapter(number)
    from smbus2 import SMBus

    with SMBus(number) as plain:
        plain.write_word_data(0x20, 1, STUB_WORD)
        word = plain.read_word_data(0x20, 1)
        say(f"SMBus word to register 1 of 0x20: {STUB_WORD:04x} written, {word:04x} read")
    bus = LinuxI2c(number)
    attempt("hw.i2c write 0x20 ff ff", lambda: bus.write(0x20, b"\xff\xff"))
    attempt("hw.i2c read 0x48, 2 bytes", lambda: bus.read(0x48, 2))
    run("hw/failsafe.py", "--bus", str(number), "0x20")


def twin_adapter() -> int:
    """The twin's chips behind the kernel's i2c-tiny-usb; returns the number of the bus."""
    world = twin_ports(load_house(HOUSE), Settings(), RealClock()).world
    before = [""]

    def ran() -> None:
        pins = " ".join(f"0x{address:02x} {chip.pins:04x}" for address, chip in world.relays.chips.items())
        volts = ", ".join(f"{volts:.1f}" for volts in world.outputs.volts.values())
        if before[0] != (said := f"{pins}; outputs {volts} V"):
            before[0] = said
            with CHIPS_SAID.open("a", encoding="ascii") as file:
                file.write(f"{said}\n")

    plug_in(world.i2c, ran)
    end_ns = stopwatch_ns() + 10**10
    while not any("tiny-usb" in name for name in adapters()) and stopwatch_ns() < end_ns:
        time.sleep(0.1)
    return number_of("tiny-usb")


def tell_chips() -> None:
    """What stood in the twin's chips since the last look, told by the twin and not over the bus."""
    for line in CHIPS_SAID.read_text(encoding="ascii").splitlines():
        say(f"  the chips themselves: {line}")
    CHIPS_SAID.write_text("", encoding="ascii")


def twin() -> None:
    """The whole simulated house behind a real adapter."""
    number = twin_adapter()
    tell_adapter(number)
    house, bus = load_house(HOUSE), LinuxI2c(number)
    for address in (*house.relay_boards, *house.dac_boards, *house.pipes.addresses, 0x22):
        attempt(f"hw.i2c read 0x{address:02x}, 2 bytes", lambda at=address: bus.read(at, 2))  # type: ignore[misc]
    attempt("hw.i2c write 0x22 (absent) ff ff", lambda: bus.write(0x22, b"\xff\xff"))
    attempt("hw.i2c write 0x20 7f fe", lambda: bus.write(0x20, b"\x7f\xfe"))
    attempt("hw.i2c read 0x20, 2 bytes", lambda: bus.read(0x20, 2))
    tell_chips()
    rate("hw.i2c write, 2 bytes", lambda: bus.write(0x20, b"\x7f\xfe"))
    rate("hw.i2c read, 2 bytes", lambda: bus.read(0x20, 2))
    run("hw/failsafe.py", "--bus", str(number), *(hex(address) for address in house.relay_boards))
    tell_chips()
    config = Path("config.toml").read_text(encoding="utf-8")
    for old, new in (REAL | {"#i2c_number = 1": f"i2c_number = {number}"}).items():
        config = config.replace(old, new)
    CONFIG.write_text(config, encoding="utf-8")
    run("scada.py", "hw", "scan", "--listen", "0", "--config", str(CONFIG))
    run("scada.py", "hw", "walk", "vdc", "--yes", "--config", str(CONFIG))
    tell_chips()


def pi_bus() -> None:
    """The Pi's own adapter; an EEPROM stands for a relay board, to which FF FF is an address of its own."""
    number = number_of("i2c@7e804000")
    tell_adapter(number)
    bus = LinuxI2c(number)
    attempt("hw.i2c write 0x48 02 12 30 (a thermometer's limit)", lambda: bus.write(0x48, b"\x02\x12\x30"))
    attempt("hw.i2c read 0x48, 2 bytes", lambda: bus.read(0x48, 2))
    attempt("hw.i2c read 0x21 (absent), 2 bytes", lambda: bus.read(0x21, 2))
    attempt("hw.i2c write 0x21 (absent) ff ff", lambda: bus.write(0x21, b"\xff\xff"))
    rate("hw.i2c write, 3 bytes", lambda: bus.write(0x48, b"\x02\x12\x30"))
    rate("hw.i2c read, 2 bytes", lambda: bus.read(0x48, 2))
    run("hw/failsafe.py", "--bus", str(number), "0x20")
    attempt(
        "hw.i2c write 0x20 ff ff ff ff (the stand-in reads ff ff from now on)",
        lambda: bus.write(0x20, b"\xff" * 4),
    )
    run("hw/failsafe.py", "--bus", str(number), "0x20")
    run("hw/failsafe.py", "--bus", str(number), *(hex(address) for address in range(0x20, 0x28)))
    attempt("hw.i2c on a bus that is not there", lambda: LinuxI2c(97).read(0x20, 2))


def pi_pins() -> None:
    """Heartbeat, light and switch on the Pi's lines, under either library."""
    for name, path in LIBRARIES.items():
        say(f"GPIO with {name}:")
        run("-m", "tests.bench._qemu_guest", "pins", path=path)


def pins() -> None:
    """`hw/pins.py` for some ticks, beside what the registers of the GPIO block say."""
    with open("/dev/mem", "r+b", buffering=0) as file:
        block = mmap.mmap(file.fileno(), PAGE, offset=PI_GPIO)
    header = open_header()
    found = Pins(Gpio(True, BEAT, LIGHT, SWITCH), header, ())
    clock, took_ms = RealClock(), []
    beats, lights, homes = "", "", ""
    for tick in range(TICKS):
        begin_ns = stopwatch_ns()
        found.look(clock.now())
        found.finish(clock.now(), {}, "HomeAlone")
        took_ms.append((stopwatch_ns() - begin_ns) / 1e6)
        level = struct.unpack_from("<I", block, LEVEL_0)[0]
        beats += str(level >> BEAT & 1)
        lights += str(level >> LIGHT & 1)
        homes += {None: "?", True: "h", False: "a"}[found.home]
        if tick in (TICKS // 3, 2 * TICKS // 3):
            struct.pack_into("<I", block, SET_0 if tick == TICKS // 3 else CLEAR_0, 1 << SWITCH)
        time.sleep(TICK_S)
    found.close()
    level = struct.unpack_from("<I", block, LEVEL_0)[0]
    print(f"beat   {beats}  {found.beats} beats, after close {level >> BEAT & 1}")
    print(f"light  {lights}  after close {level >> LIGHT & 1}")
    print(f"switch {homes}  raised after tick {TICKS // 3}, lowered after tick {2 * TICKS // 3}")
    words = found.device.status.words or "no complaint"
    print(f"a tick's look and finish: p50 {median(took_ms):.2f} ms; {words}")


PARTS: dict[str, tuple[Callable[[], None], ...]] = {
    "pc": (stub, twin),
    "pi": (pi_bus, pi_pins),
    "pins": (pins,),
}


def main(machine: str) -> None:
    """Every part of a machine; one that fails keeps no other waiting."""
    say(f"kernel {os.uname().release}, {os.uname().machine}, Python {sys.version.split()[0]}")
    for part in PARTS[machine]:
        try:
            part()
        except (OSError, ValueError, StopIteration, subprocess.TimeoutExpired) as error:
            say(f"'{part.__name__}' ended early: {error!r}")


if __name__ == "__main__":
    main(sys.argv[1])
