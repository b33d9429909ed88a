"""Releases every relay, with nothing but the standard library: run when the program has died or is stopped.

    python3 hw/failsafe.py [--bus N] ADDRESS ...          for example 0x20 0x21
    python3 hw/failsafe.py [--bus N] layouts/<house>.toml | config.toml

The aquastat and the wall thermostats are then in charge. Exit code 0: every board took it (or the buses are
simulated); 1: at least one did not; 64: nothing was asked for.
"""

from __future__ import annotations

import fcntl
import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

I2C_SLAVE, I2C_TIMEOUT = 0x0703, 0x0702
TRIES, MAX_BOARDS = 3, 8  # all a bus can hold; 8 x 3 tries x 2 transfers x 30 ms stay below 2 s
Transfer = Callable[[int, int], bytes]  # (bus, address) -> pins read back after FF FF; raises OSError


def transfer(bus: int, address: int) -> bytes:
    """Write FF FF to one board and read its pins back, each within 30 ms."""
    fd = os.open(f"/dev/i2c-{bus}", os.O_RDWR)
    try:
        fcntl.ioctl(fd, I2C_TIMEOUT, 3)
        fcntl.ioctl(fd, I2C_SLAVE, address)
        os.write(fd, b"\xff\xff")
        return os.read(fd, 2)
    finally:
        os.close(fd)


def release(bus: int, addresses: list[int], send: Transfer = transfer) -> bool:
    """True if every board answered; all are tried, one line is printed for each."""
    return False not in [_release_one(bus, address, send) for address in addresses]


def _release_one(bus: int, address: int, send: Transfer) -> bool:
    words = ""
    for _ in range(TRIES):
        try:
            words = f"all relays released, pins read {send(bus, address).hex()}"
            break
        except OSError as error:
            words = f"NOT released: {error.strerror or error}"
    print(f"relay board 0x{address:02x} on /dev/i2c-{bus}: {words}")
    return not words.startswith("NOT")


def from_file(path: Path) -> tuple[int | None, list[int]]:
    """Bus number and board addresses from a layout or a config file; raises ValueError, KeyError, OSError."""
    root: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    if "boards" in root:
        return None, [int(address) for address in root["boards"]["relays"]]
    hardware = root.get("hardware", {})
    if hardware.get("bus", "twin") != "real":
        return None, []
    name = root.get("site", {}).get("layout", "orange")
    shipped = Path(__file__).parents[1] / "layouts" / f"{name}.toml"
    boards = tomllib.loads((Path(name) if name.endswith(".toml") else shipped).read_text())["boards"]
    return int(hardware.get("i2c_number", 1)), [int(address) for address in boards["relays"]]


def asked_for(words: list[str]) -> tuple[int, list[int]]:
    """Bus number and board addresses from the command line; raises what `from_file` and `int` raise."""
    bus: int | None = None
    addresses: list[int] = []
    if words[:1] == ["--bus"]:
        bus, words = int(words[1]), words[2:]
    for word in words:
        if word.endswith(".toml"):
            named, found = from_file(Path(word))
            bus, addresses = (named if bus is None else bus), addresses + found
        else:
            addresses.append(int(word, 0))
    return 1 if bus is None else bus, addresses[:MAX_BOARDS]


def main(words: list[str], send: Transfer = transfer) -> int:
    """The command line; returns the exit code."""
    if not words:
        print(__doc__)
        return 64
    try:
        bus, addresses = asked_for(words)
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        print(f"failsafe: cannot tell which boards to release: {error!r}")
        return 1
    if not addresses:
        print("failsafe: the buses are simulated; nothing to release")
    return 0 if release(bus, addresses, send) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
