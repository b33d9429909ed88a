"""Says of an installed service what is there, what is enabled, what runs and what has drifted."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from hw.service_machine import Machine
from hw.service_others import older_units, other_checkout
from hw.service_site import hindrances
from hw.service_units import UNIT, WATCHDOG_FILE, WATCHDOG_S, Site, files, links
from layouts.settings import Settings

RUNS, NOT_RUNNING, NOT_INSTALLED = 0, 3, 4
"""Exit codes, as of systemctl status."""
PROPERTIES = (
    "ActiveState",
    "SubState",
    "Result",
    "MainPID",
    "NRestarts",
    "ActiveEnterTimestamp",
    "StatusText",
)
MAX_DIFF_LINES = 40
DEVICE = "/dev/watchdog"


def status(site: Site, settings: Settings, machine: Machine) -> int:
    """Print it; returns the exit code."""
    installed = machine.text(f"/etc/systemd/system/{UNIT}") is not None
    for line in (*_files(site, machine), *_enabled(site, machine), *_watchdog(machine)):
        machine.say(line)
    running = _running(machine)
    for line in running.values():
        machine.say(line)
    for unit in older_units(machine):
        state = "active" if unit.active else "enabled" if unit.links else "there, neither active nor enabled"
        machine.say(f"older service {unit.name}: {state}")
    other = other_checkout(machine, site)
    if other:
        machine.say(f"the installed service is that of another checkout: {other}")
    for sentence in hindrances(site, settings, machine):
        machine.say(f"note: {sentence}")
    if not installed:
        return NOT_INSTALLED
    return RUNS if running.get("ActiveState", "").endswith(" active") else NOT_RUNNING


def _files(site: Site, machine: Machine) -> Iterator[str]:
    for path, wanted in files(site).items():
        found = machine.text(path)
        if found is None:
            yield f"{path}: not installed"
        elif found == wanted:
            yield f"{path}: as it should be"
        else:
            yield f"{path}: differs from what would be written now; `service install` writes it anew"
            yield from _difference(found, wanted)


def _difference(found: str, wanted: str) -> Iterator[str]:
    lines = list(
        difflib.unified_diff(found.split("\n"), wanted.split("\n"), "installed", "now", n=0, lineterm="")
    )
    yield from (f"    {line}" for line in lines[:MAX_DIFF_LINES])
    if len(lines) > MAX_DIFF_LINES:
        yield f"    and {len(lines) - MAX_DIFF_LINES} lines more"


def _enabled(site: Site, machine: Machine) -> Iterator[str]:
    for link, target in links(site).items():
        place = machine.path(link)
        state = "enabled" if place.is_symlink() and str(place.readlink()) == target else "NOT enabled"
        yield f"{target.rpartition('/')[2]}: {state}"


def _watchdog(machine: Machine) -> Iterator[str]:
    """What is in force, where systemd can say; else what the file will bring."""
    code, text = machine.systemctl("show", "-p", "RuntimeWatchdogUSec", "--value")
    if not code:
        force = text.strip()
        missing = "" if machine.path(DEVICE).exists() else f"; there is no {DEVICE}"
        right = force == f"{WATCHDOG_S}s"
        yield f"hardware watchdog: {force}{'' if right else f', not {WATCHDOG_S}s'}{missing}"
    elif machine.text(WATCHDOG_FILE) is not None:
        yield f"hardware watchdog: {WATCHDOG_S}s from the next boot"
    else:
        yield "hardware watchdog: not set"


def _running(machine: Machine) -> dict[str, str]:
    code, text = machine.systemctl("show", UNIT, *(f"-p{name}" for name in PROPERTIES))
    if code:
        return {"": f"whether it runs cannot be asked: {text}"}
    rows = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: f"{name}: {rows[name]}" for name in PROPERTIES if rows.get(name)}
