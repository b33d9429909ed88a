"""Works out what the units of this checkout must say, and why they could not work here."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from hw.service_machine import Machine, Person
from hw.service_units import GROUPS, Site
from layouts.bounds import BOUNDS, SECRET_FILES
from layouts.load import find_layout
from layouts.model import House
from layouts.settings import Settings
from layouts.share import share_of

CHECKOUT = Path(__file__).resolve().parents[1]
NOBODY = "scada"
"""The user named where a checkout is root's: a service of ours never runs as root."""
HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - places, not files of ours
"""What a service sees nothing of unless it is told."""
_SAFE = re.compile(r"[A-Za-z0-9/._+@-]+")


def site_of(house: House, settings: Settings, machine: Machine, user: str | None = None) -> Site:
    """What the units say for this checkout and `user` (default: who called sudo, else the owner of it)."""
    person = owner_of(machine, user)
    config = os.path.abspath(settings.file)
    return Site(
        house=house.display,
        checkout=str(CHECKOUT),
        config=config,
        python=sys.executable,
        user=person.name,
        group=_group(machine, person),
        store=os.path.abspath(settings.store.folder),
        i2c_number=settings.hardware.i2c_number,
        boards=share_of(house, settings.site.role).relay_boards,
        credentials=tuple(credentials(settings)),
        readable=tuple(readable(settings, config)),
        systemd=machine.systemd_version(),
    )


def owner_of(machine: Machine, user: str | None) -> Person:
    """Who the program runs as: never root; somebody who is not there has the number -1."""
    name = user or machine.environ.get("SUDO_USER", "")
    if name and (user or name != "root"):
        return machine.person(name) or Person(name, -1, -1, "")
    owner = machine.person_of(CHECKOUT.stat().st_uid)
    if owner is None or owner.uid == 0:
        return machine.person(NOBODY) or Person(NOBODY, -1, -1, "")
    return owner


def _group(machine: Machine, person: Person) -> str:
    return next((name for name, gid in machine.groups().items() if gid == person.gid), person.name)


def credentials(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every secret the settings name: `table.key` and its file."""
    for table, key, path in _named(settings):
        if key in SECRET_FILES:
            yield f"{table}.{key}", path


def readable(settings: Settings, config: str) -> Iterator[str]:
    """Files and folders outside of the checkout that must be shown to the service."""
    layout, _ = find_layout(settings.site.layout)
    others = [path for _, key, path in _named(settings) if key not in SECRET_FILES]
    wanted = [config, str(layout.absolute()), *others, _interpreter()]
    for place in dict.fromkeys(wanted):
        if place.startswith(tuple(f"{hidden}/" for hidden in HIDDEN)) and not _inside(place):
            yield place


def _inside(place: str) -> bool:
    return Path(place).is_relative_to(CHECKOUT)


def _interpreter() -> str:
    """Where the Python of a virtual environment really lives."""
    return sys.base_prefix


def _named(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """(table, key, path) of every file the settings name, switched-off tables left out."""
    for table, (_, keys) in BOUNDS.items():
        section = getattr(settings, table)
        if not getattr(section, "enabled", True) or table == "twin":
            continue
        for key in keys:
            path = getattr(section, key.name) if key.form == "file" else ""
            if path and key.name not in ("layout", "folder"):
                yield table, key.name, path


def hindrances(site: Site, settings: Settings, machine: Machine) -> Iterator[str]:
    """Sentences on what would keep the units from working here."""
    if settings.hardware.bus != "real":
        yield (
            f"{settings.file} [hardware] bus: is '{settings.hardware.bus}', a simulated house. Such a "
            'service would switch nothing in the real one; write bus = "real" first.'
        )
    named = (site.checkout, site.config, site.python, site.store, *site.readable)
    for path in (*named, *(file for _, file in site.credentials)):
        if not _SAFE.fullmatch(path):
            yield f"'{path}' holds characters a unit file reads differently; move it to a plain path."
    person = machine.person(site.user)
    if person is not None and person.uid == 0:
        yield f"the service does not run as '{site.user}'; name another user with --user."
    if person is None:
        yield (
            f"there is no user '{site.user}' here. Name one with --user, or make it: "
            f"sudo adduser --system --group {site.user}"
        )
    known = machine.groups()
    for group in GROUPS:
        if group not in known:
            yield f"there is no group '{group}' here; make it: sudo groupadd --system {group}"
