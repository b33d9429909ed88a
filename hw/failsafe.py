"""Releases every relay, with nothing but the standard library: run when the program has died or is stopped.

python3 hw/failsafe.py [--bus N] [ADDRESS, <layout>.toml, config.toml ...]; with nothing: config.toml of this
checkout, simulated or not. It ends within 2 s. Where it cannot learn which boards there are it tries all.
Exit code 0: every board took it, or the named config simulates; 1: one did not, or it had to guess.
"""

import argparse
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tomllib import loads

I2C_SLAVE, I2C_TIMEOUT, ROOT = 0x0703, 0x0702, Path(__file__).resolve().parents[1]
ROUNDS, DEADLINE_S, RELEASED = 3, 1.6, b"\xff\xff"
POSSIBLE = list(range(0x20, 0x28))  # all a PCF8575 can be set to: 8 x 3 rounds x 2 transfers x 30 ms < 1.6 s


def transfer(bus: int, address: int) -> bytes:
    """Write FF FF to one board and read its pins back, each within 30 ms."""
    with open(f"/dev/i2c-{bus}", "r+b", buffering=0) as board:
        fcntl.ioctl(board, I2C_TIMEOUT, 3)
        fcntl.ioctl(board, I2C_SLAVE, address)
        board.write(RELEASED)
        return board.read(2) or b""


def release(bus: int, addresses: list[int], send: Callable[[int, int], bytes] = transfer) -> bool:
    """True if every board took it and its pins say so; a dead board keeps no other one waiting."""
    said = dict.fromkeys(addresses, "NOT")
    for address in (each for each in ROUNDS * addresses if said[each].startswith("NOT")):
        try:
            pins = send(bus, address)
            said[address] = f"{'' if pins == RELEASED else 'NOT '}all released, pins read {pins.hex()}"
        except OSError as error:
            said[address] = f"NOT released: {error.strerror or error}"
    for address, words in said.items():
        print(f"relay board 0x{address:02x} on /dev/i2c-{bus}: {words}", flush=True)
    return not any(words.startswith("NOT") for words in said.values())


def apart(work: Callable[[], bool]) -> bool:
    """Do `work` in a child and leave it at the deadline: a call that hangs in the kernel must not hold us."""
    try:
        child, end = os.fork(), time.monotonic() + DEADLINE_S
    except OSError:
        return work()  # no process to be had
    if not child:
        os._exit(not work())
    while not (done := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < end:
        time.sleep(0.01)
    if not done[0]:
        os.kill(child, signal.SIGKILL)
        print(f"failsafe: the bus hangs, given up after {DEADLINE_S} s; relays may still be energised!")
    return done[0] == child and done[1] == 0


def boards_of(word: str, named: bool = True) -> tuple[int | None, list[int]]:
    """Bus and addresses of an address, a layout, or a config (none where that is `named` and simulates)."""
    root, bus, files = {"boards": {"relays": [word]}}, None, [Path(word)] * word.endswith(".toml")
    for file in files:  # the second is the layout that a config names
        if not file.is_file():
            raise ValueError(f"no regular file: {file}")  # others could keep us waiting for ever
        root = loads(file.read_text("utf-8"))
        if "boards" not in root and len(files) == 1:
            hardware, name = root.get("hardware", {}), str(root.get("site", {}).get("layout", "orange"))
            if named and hardware.get("bus", "twin") != "real":
                return None, []
            bus, own = int(str(hardware.get("i2c_number", 1))), set(name).isdisjoint("/.")
            files.append(ROOT / "layouts" / f"{name}.toml" if own else file.parent / name)
    addresses = [int(str(address), 0) for address in root["boards"]["relays"]]
    if odd := [hex(address) for address in addresses if address not in POSSIBLE]:
        raise ValueError(f"no relay board can stand at {odd[0]}, only at 0x20 to 0x27")
    return bus, addresses


def main(words: list[str], send: Callable[[int, int], bytes] = transfer) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(usage=__doc__, exit_on_error=False)
    parser.add_argument("--bus", type=int, choices=range(100))
    asked, wrong = argparse.Namespace(bus=None), ""
    try:
        asked, boards = parser.parse_known_args(words, asked)
        found = [boards_of(w) for w in boards] or [boards_of(f"{ROOT}/config.toml", named=False)]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, argparse.ArgumentError) as error:
        found, wrong = [(None, POSSIBLE)], f"failsafe: cannot tell which boards: {error!s:.99}; tried all\n"
    bus = next(number for number in (asked.bus, *(bus for bus, _ in found), 1) if number is not None)
    addresses = [address for _, some in found for address in some]
    good = not addresses or apart(lambda: release(bus, addresses, send))
    print(wrong or ("" if addresses else "failsafe: the buses are simulated; nothing to release\n"), end="")
    return 0 if good and not wrong else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
