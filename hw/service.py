"""The `service` command: shows, installs, judges and removes the systemd units of this checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from hw.service_machine import Machine
from hw.service_others import Older, older_units, other_checkout, programs
from hw.service_site import hindrances, owner_of, site_of
from hw.service_status import status
from hw.service_steps import Action, Folder, Link, Record, Silence, Steps, Write, read_record
from hw.service_takeover import OldHouse, Takeover, old_house, take_over
from hw.service_undo import undo
from hw.service_units import UNIT, Site, files, links, main_unit
from layouts.certificates import usual
from layouts.load import load_house
from layouts.mistakes import SettingsMistakes
from layouts.model import House
from layouts.settings import Settings
from layouts.toml_edit import CannotEdit

REFUSED, NO_PERMISSION, FAILED = 78, 77, 1


class Wishes(Struct, frozen=True, kw_only=True):
    """What was said on the command line."""

    user: str | None = None
    dry_run: bool = False
    take_over: bool = False
    """Stop an older service and take its settings over without asking."""
    keep_settings: bool = False
    """Take no settings over."""
    start: bool = True


def service(what: str, house: House, settings: Settings, machine: Machine, wishes: Wishes) -> int:
    """One of show, install, status, remove; returns the exit code."""
    settings = _with_usual(settings, machine, wishes)
    if what == "show":
        return show(house, settings, machine, wishes)
    if what == "status":
        return status(site_of(house, settings, machine, wishes.user), settings, machine)
    if machine.whole and machine.uid != 0 and not wishes.dry_run:
        machine.complain(
            f"service {what} changes the system; say: sudo .venv/bin/python scada.py service {what}"
        )
        return NO_PERMISSION
    try:
        return remove(machine) if what == "remove" else install(house, settings, machine, wishes)
    except (SettingsMistakes, CannotEdit, ValueError) as error:
        return _refuse(machine, str(error).split("\n"))
    except OSError as error:
        machine.complain(f"Stopped half-way: {error}. What was done is undone by: service remove")
        return FAILED


def _with_usual(settings: Settings, machine: Machine, wishes: Wishes) -> Settings:
    """Certificates that no setting names count too, as for the program that will run."""
    home = owner_of(machine, wishes.user).home
    return usual(settings, home, "" if machine.whole else str(machine.root))


def show(house: House, settings: Settings, machine: Machine, wishes: Wishes) -> int:
    """Print the main unit as it would be written, and beside it what would keep it from working here."""
    site = site_of(house, settings, machine, wishes.user)
    machine.say(main_unit(site).rstrip("\n"))
    for sentence in hindrances(site, settings, machine):
        machine.complain(f"note: {sentence}")
    return 0


# ------------------------------------------------------------------------------------------ install


def install(house: House, settings: Settings, machine: Machine, wishes: Wishes) -> int:
    """Write and enable the units, start the program. Raises `OSError`, or `ValueError` with a sentence."""
    site = site_of(house, settings, machine, wishes.user)
    record = read_record(machine) or Record(site.checkout, [])
    older = older_units(machine)
    refused = [*hindrances(site, settings, machine), *_rivals(machine, site, record)]
    if refused:
        return _refuse(machine, refused)
    if not _may_silence(machine, older, wishes):
        return _refuse(machine, _second_writer(older))
    taken = _offer(machine, older, settings, site, wishes)
    if taken is not None:
        settings = _with_usual(taken.settings, machine, wishes)
        site = site_of(load_house(settings.site.layout), settings, machine, wishes.user)
    actions = _actions(machine, site, older, taken)
    if wishes.dry_run:
        _tell(machine, actions)
        return 0
    steps = Steps(machine, record)
    for action in actions:
        steps.do(action)
    _start(machine, site, wishes)
    _farewell(machine, older)
    return 0


def _rivals(machine: Machine, site: Site, record: Record) -> Iterator[str]:
    """Other instances of ours, and programs that run by hand: two writers on one bus is what must not be."""
    other = other_checkout(machine, site) or (record.checkout if record.checkout != site.checkout else "")
    if other:
        yield f"the service of another checkout is installed, {other}; remove it there first: service remove."
    units = {unit.name for unit in older_units(machine) if unit.active}
    for program in programs(machine):
        if _is_ours(machine, program.pid) or (units and "gws" in program.words):
            continue
        yield f"process {program.pid} drives the relays already ({program.words}); end it first."


def _is_ours(machine: Machine, pid: int) -> bool:
    """Whether a process belongs to the service that is being installed anew."""
    code, text = machine.systemctl("show", "-p", "MainPID", "--value", UNIT)
    return not code and text.strip() == str(pid)


def _second_writer(older: tuple[Older, ...]) -> list[str]:
    names = ", ".join(unit.name for unit in older)
    return [
        f"an older service is here ({names}); two programs must not write to the same boards. With "
        "--take-over it is stopped and disabled, and `service remove` gives it back."
    ]


def _may_silence(machine: Machine, older: tuple[Older, ...], wishes: Wishes) -> bool:
    if not older or wishes.take_over:
        return True
    names = ", ".join(unit.name for unit in older)
    return machine.ask(f"An older service is here ({names}). Stop and disable it?")


def _offer(
    machine: Machine, older: tuple[Older, ...], settings: Settings, site: Site, wishes: Wishes
) -> Takeover | None:
    """Settings and certificates of an older installation, if there are any and they are wanted."""
    person = machine.person(site.user)
    if person is None or wishes.keep_settings:
        return None
    old = old_house(machine, older, person)
    if not old.anything or not (wishes.take_over or machine.ask(_question(old))):
        return None
    taken = take_over(machine, old, settings, site.config, person)
    for line in taken.taken:
        machine.say(f"taken over: {line}")
    for line in taken.not_taken:
        machine.say(f"NOT taken over: {line}")
    if old.layout:
        machine.say(
            f"Its layout is {old.layout}; see: python scada.py layout import {old.layout} layouts/HOUSE.toml"
        )
    return taken


def _question(old: OldHouse) -> str:
    what = " and ".join(place for place in (old.env, old.certs) if place)
    return f"Take settings and certificates over from {what}?"


def _actions(machine: Machine, site: Site, older: tuple[Older, ...], taken: Takeover | None) -> list[Action]:
    """Everything to do, in the order in which a failure does least harm: ours starts last."""
    person = owner_of(machine, site.user)
    actions: list[Action] = list(taken.actions) if taken else []
    actions.append(Folder(site.store, (person.uid, person.gid)))
    actions += [Silence(unit.name, unit.links, unit.active) for unit in older]
    actions += [Write(str(machine.path(path)), text) for path, text in files(site).items()]
    actions += [Link(str(machine.path(path)), target) for path, target in links(site).items()]
    return actions


def _tell(machine: Machine, actions: list[Action]) -> None:
    for action in actions:
        if isinstance(action, Silence):
            machine.say(f"would stop and disable {action.unit}")
        elif isinstance(action, Link):
            machine.say(f"would link {action.path} to {action.target}")
        elif isinstance(action, Folder):
            machine.say(f"would make the folder {action.path}, if it is not there")
        elif action.mode == 0o600 or Path(action.path).suffix in (".crt", ".pem"):
            machine.say(f"would copy {action.path}, mode {action.mode:04o}")
        else:
            machine.say(f"would write {action.path}:\n{action.text}")


def _start(machine: Machine, site: Site, wishes: Wishes) -> None:
    """Only where systemd runs; a folder that stands for a computer starts nothing."""
    if not machine.runs_systemd:
        machine.say("systemd does not run here; the units are written and enabled for the next boot.")
        return
    machine.systemctl("daemon-reload")
    machine.systemctl("daemon-reexec")  # takes up the hardware watchdog
    if wishes.start:
        code, words = machine.systemctl("restart", UNIT)
        machine.say(f"{UNIT} did not start: {words}" if code else f"{UNIT} runs.")


def _farewell(machine: Machine, older: tuple[Older, ...]) -> None:
    machine.say("Watch it: journalctl -fu spaceheat-scada; python scada.py service status")
    if older:
        names = " ".join(unit.name for unit in older)
        machine.say(f"The way back to {names}: sudo .venv/bin/python scada.py service remove")
    else:
        machine.say("The way back: sudo .venv/bin/python scada.py service remove")


def _refuse(machine: Machine, sentences: list[str]) -> int:
    for sentence in sentences:
        machine.complain(f"service: {sentence}")
    return REFUSED


# ------------------------------------------------------------------------------------------- remove


def remove(machine: Machine) -> int:
    """Undo what install did. Raises `OSError`, or `ValueError` with a sentence."""
    record = read_record(machine)
    if record is None:
        machine.say("service: nothing is installed here.")
        return 0
    if machine.runs_systemd:
        machine.systemctl("stop", UNIT)
        machine.say(f"{UNIT} is stopped; the relays are released, aquastat and wall thermostats in charge.")
    for line in undo(machine, record):
        machine.say(line)
    return 0
