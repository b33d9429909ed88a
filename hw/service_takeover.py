"""Takes the settings and certificates of an older installation over into ours; no secret is ever printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hw.service_machine import Machine, Person
from hw.service_old import CLIENTS, TakenOver, old_files, read_env, translate
from hw.service_others import Older
from hw.service_steps import Action, Write, put
from layouts.config import load_settings
from layouts.mistakes import SettingsMistakes
from layouts.settings import Settings
from layouts.toml_edit import edited

OLD_FOLDER = ".config/gridworks/scada"
"""In the home of the user the reference program ran as."""
CERTS = "certs"
"""Beside our config.toml."""
MAX_FILE_BYTES = 65_536
_ENV_FILE = re.compile(r"--env-file[ =](\S+)")
_USER = re.compile(r"^User=(\S+)$", re.MULTILINE)


class OldHouse(Struct, frozen=True):
    """What an older installation left: paths as the system names them, "" where there is none."""

    env: str
    certs: str
    layout: str

    @property
    def anything(self) -> bool:
        """Whether there is something to take over."""
        return bool(self.env or self.certs)


class Takeover(Struct):
    """What will be written, what came where, and what could not be taken over, in sentences."""

    actions: list[Action]
    taken: list[str]
    not_taken: list[str]
    settings: Settings
    """The settings as they will be."""


def old_house(machine: Machine, units: Sequence[Older], person: Person) -> OldHouse:
    """Look where the reference program keeps its things, for the user it runs as or else for `person`."""
    texts = [machine.text(unit.path) or "" for unit in units]
    names = [match[1] for text in texts if (match := _USER.search(text))]
    owner = next((found for name in names if (found := machine.person(name))), person)
    said = [match[1] for text in texts if (match := _ENV_FILE.search(text))]
    env = next((path for path in [*said, f"{owner.home}/gridworks-scada/.env"] if _is(machine, path)), "")
    folder = f"{owner.home}/{OLD_FOLDER}"
    certs = f"{folder}/certs"
    layout = f"{folder}/hardware-layout.json"
    return OldHouse(
        env=env,
        certs=certs if machine.path(certs).is_dir() else "",
        layout=layout if _is(machine, layout) else "",
    )


def _is(machine: Machine, path: str) -> bool:
    return bool(path) and machine.path(path).is_file()


def take_over(machine: Machine, old: OldHouse, settings: Settings, config: str, person: Person) -> Takeover:
    """Everything of `old` that has a place here. Raises `SettingsMistakes` or `CannotEdit` with sentences."""
    found = translate(read_env(machine.text(old.env) or "")) if old.env else TakenOver({}, [], {}, {})
    result = Takeover([], [], list(found.not_taken), settings)
    values = dict(found.values)
    owner = (person.uid, person.gid)
    for (table, key), secret in found.secrets.items():
        place = f"{CERTS}/{table}/password"
        result.actions.append(_copy(config, place, f"{secret}\n", owner, secret=True))
        values[table, key] = f'"{place}"'
    for table in CLIENTS.values():
        if values.get((table, "tls")) == "true":
            values |= _certificates(machine, old, found, table, config, owner, result)
    if values:
        text = Path(config).read_text(encoding="utf-8")
        new = edited(text, values)
        result.settings = _read_as(new, config)
        result.actions.append(Write(config, new))
    result.taken += [f"[{table}] {key} = {value}" for (table, key), value in values.items()]
    return result


def _certificates(
    machine: Machine,
    old: OldHouse,
    found: TakenOver,
    table: str,
    config: str,
    owner: tuple[int, int],
    result: Takeover,
) -> dict[tuple[str, str], str]:
    """Copy certificate authority, certificate and key of one broker; returns where they stand now."""
    values: dict[tuple[str, str], str] = {}
    for key, usual in old_files(table):
        path = found.files.get((table, key), f"{old.certs}/{usual}" if old.certs else "")
        text = machine.text(path) if _is(machine, path) else None
        if text is None or not text or len(text) > MAX_FILE_BYTES:
            result.not_taken.append(
                f"[{table}] {key}: {path or usual} cannot be read; name the file yourself."
            )
            continue
        place = f"{CERTS}/{table}/{Path(usual).name}"
        result.actions.append(_copy(config, place, text, owner, secret=key == "key_file"))
        values[table, key] = f'"{place}"'
    return values


def _copy(config: str, place: str, text: str, owner: tuple[int, int], secret: bool) -> Write:
    path = Path(config).parent / place
    return Write(str(path), text, 0o600 if secret else 0o644, owner, fresh=True)


def _read_as(text: str, config: str) -> Settings:
    """The settings that `config` will hold; raises `SettingsMistakes` before it is written with mistakes."""
    trial = Path(config).with_name(f".{Path(config).name}.trial")
    try:
        put(trial, text, 0o600)
        return replace(load_settings(trial), file=config)
    except SettingsMistakes as mistakes:
        words = (sentence.replace(str(trial), config) for sentence in mistakes.sentences)
        raise SettingsMistakes(f"as taken over, {sentence}" for sentence in words) from None
    finally:
        trial.unlink(missing_ok=True)
