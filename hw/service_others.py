"""Finds whoever else would write to the same boards: older services, other checkouts, programs by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from hw.service_machine import Machine
from hw.service_units import MARK, UNIT, Site

UNIT_FOLDERS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
MAX_PROCESSES = 10_000
_OLDER = re.compile(r"gwspaceheat.*\.(service|timer)")
_WANTS = re.compile(r".*\.(wants|requires)")
_OLD_PROGRAM = re.compile(r"(gws|run_scada\.py)$")


class Older(Struct, frozen=True):
    """A unit of the reference program: its links in `.wants` folders (they enable it), whether it runs."""

    name: str
    path: str
    links: tuple[tuple[str, str], ...]
    active: bool


class Program(Struct, frozen=True):
    """A process that drives relays, and the words it was started with."""

    pid: int
    words: str


def older_units(machine: Machine) -> tuple[Older, ...]:
    """Every unit of the reference program here; timers first, since they start the services again."""
    found: dict[str, str] = {}
    for folder in UNIT_FOLDERS:
        for name in _names(machine, folder):
            if _OLDER.fullmatch(name):
                found.setdefault(name, f"{folder}/{name}")
    names = sorted(found, key=lambda name: (not name.endswith(".timer"), name))
    return tuple(
        Older(name, found[name], _enabled_by(machine, name), _active(machine, name)) for name in names
    )


def _enabled_by(machine: Machine, name: str) -> tuple[tuple[str, str], ...]:
    links = []
    for folder in UNIT_FOLDERS[:1]:
        for wants in _names(machine, folder):
            place = machine.path(f"{folder}/{wants}/{name}")
            if _WANTS.fullmatch(wants) and place.is_symlink():
                links.append((f"{folder}/{wants}/{name}", str(place.readlink())))
    return tuple(links)


def _active(machine: Machine, name: str) -> bool:
    return machine.systemctl("is-active", name)[0] == 0


def _names(machine: Machine, folder: str) -> list[str]:
    place = machine.path(folder)
    try:
        return sorted(entry.name for entry in place.iterdir())
    except OSError:
        return []


def other_checkout(machine: Machine, site: Site) -> str:
    """The checkout whose service is installed here, "" if there is none or it is this one."""
    text = machine.text(f"/etc/systemd/system/{UNIT}") or ""
    checkout = text.split("\n", 1)[0].removeprefix(MARK) if text.startswith(MARK) else ""
    return "" if checkout == site.checkout else checkout


def programs(machine: Machine) -> Iterator[Program]:
    """Processes of ours or of the reference program, as far as /proc shows them."""
    for name in _names(machine, "/proc")[:MAX_PROCESSES]:
        if not name.isdecimal():
            continue
        line = machine.text(f"/proc/{name}/cmdline")
        words = [word for word in (line or "").split("\0") if word]
        if _drives_relays(words):
            yield Program(int(name), " ".join(words)[:200])


def _drives_relays(words: list[str]) -> bool:
    """`python ... scada.py [run ...]` or the reference's `python ... gws run`."""
    if not words or "python" not in words[0].rpartition("/")[2]:
        return False
    for place, word in enumerate(words[:4]):
        rest = words[place + 1 :]
        if word.rpartition("/")[2] == "scada.py":
            return not rest or rest[0] == "run"
        if _OLD_PROGRAM.search(word):
            return not rest or rest[0] in ("run", "run-s2")
    return False
