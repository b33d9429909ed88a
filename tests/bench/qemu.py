"""The real smbus2 and GPIO path: production code on Debian's kernels in emulated computers (docs/benches.md).

Needs `apt-get`, the network at the first run, and the emulators; what is missing is said. `pc` has i2c-stub,
and the twin's chips behind a USB adapter's driver (`_usb_i2c.py`); `pi` is a Raspberry Pi 3 with its own I2C
adapter and its own lines. The processors are imitated: three minutes on a free machine, eight on a busy one.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from selectors import EVENT_READ, DefaultSelector

from tests.bench._qemu_files import OVER, Machine, Missing, Parts

LIMIT_S = 540.0
USB = ("usb-common", "usbcore", "usbip-core", "vhci-hcd", "i2c-dev")
SIMULATORS = ("I2C_STUB", "GPIO_SIM", "GPIO_MOCKUP", "I2C_VIRTIO", "I2C_BCM2835")
MACHINES = (
    Machine(
        "pc",
        "amd64",
        ("qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "1024", "-serial", "stdio"),
        "console=ttyS0",
        (*USB, "i2c-stub chip_addr=0x20,0x48", "i2c-tiny-usb"),
    ),
    Machine(
        "pi",
        "arm64",
        (
            "qemu-system-aarch64", "-M", "raspi3b", "-serial", "null", "-serial", "stdio",
            "-device", "at24c-eeprom,bus=i2c-bus.1,address=0x20,rom-size=65536",
            "-device", "tmp105,bus=i2c-bus.1,address=0x48",
        ),
        "console=ttyS1,115200 iomem=relaxed",
        ("i2c-dev", "i2c-bcm2835"),
        packages=("python3-rpi.gpio",),
        dtb="broadcom/bcm2837-rpi-3-b.dtb",
        revision=0xA02082,
    ),
)  # fmt: skip


def boot(machine: Machine) -> None:
    """Run one computer to the end of its findings, and print them. Raises `Missing`."""
    if shutil.which(machine.emulator[0]) is None:
        raise Missing(
            f"{machine.emulator[0]} is not on this machine: install its Debian package, 9.0 or newer."
        )
    parts = Parts(machine)
    parts.build()
    simulators = ", ".join(f"{name} {'yes' if parts.built(name) else 'no'}" for name in SIMULATORS)
    print(f"{machine.name}: Debian has built for {machine.arch}: {simulators}")
    command = [
        *machine.emulator, "-display", "none", "-monitor", "none", "-no-reboot",
        "-kernel", str(parts.kernel), "-initrd", str(parts.initrd),
        *(("-dtb", str(parts.dtb)) if machine.dtb else ()),
        "-append", f"{machine.append} rdinit=/init panic=-1 quiet loglevel=0",
    ]  # fmt: skip
    guest = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    )
    try:
        listen(guest)
    finally:
        guest.kill()
        guest.wait()


def listen(guest: subprocess.Popen[bytes]) -> None:
    """Print the findings as they come. Raises `Missing` when the guest ends without its last line."""
    assert guest.stdout is not None
    end, rest, last = time.monotonic() + LIMIT_S, b"", "nothing"
    with DefaultSelector() as ready:
        ready.register(guest.stdout, EVENT_READ)
        while ready.select(max(0.0, end - time.monotonic())):
            piece = guest.stdout.read(65536)
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                words = line.decode("utf-8", "replace").rstrip()
                if OVER in words:
                    return
                last = words or last
                if words.startswith("| "):
                    print(words[2:], flush=True)
            if not piece:
                break
    raise Missing(f"The guest came to no end; its last words: {last}")


def main() -> None:
    """Print what was seen on each machine."""
    for machine in MACHINES:
        begin = time.monotonic()
        try:
            boot(machine)
        except Missing as error:
            print(f"{machine.name}: {error}")
        print(f"{machine.name}: {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
