"""Reads `config.toml` into `Settings`, or says in sentences everything that is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from layouts.bounds import BOUNDS
from layouts.config_check import contradictions
from layouts.forms import Key, bounds_of, check
from layouts.mistakes import Notes, SettingsMistakes, shown
from layouts.settings import Settings
from layouts.toml_file import lines_of, parse, read_text

_ABSENT = "there is no such file. To watch a simulated house without one: python scada.py demo"
_SECRETS = {"password": "password_file", "key": "key_file", "token": "token_file", "secret": "password_file"}
BUILT_IN = "built-in"


class Setting(Struct, frozen=True):
    """One setting as `python scada.py settings` shows it; secrets are only ever named by their files."""

    name: str
    value: str
    source: str
    """`config.toml:12`, or `built-in`."""
    bounds: str
    says: str


def load_settings(path: str | Path) -> Settings:
    """The settings of a file; what it does not say is built in. Raises `SettingsMistakes` and nothing else.

    Relative paths in the file are relative to its folder.
    """
    return read_settings(path)[0]


def read_settings(path: str | Path) -> tuple[Settings, tuple[Setting, ...]]:
    """The settings of a file, and every one of them with the place it comes from."""
    notes = Notes(str(path))
    text = read_text(Path(path), notes, _ABSENT)
    root = parse(text, notes) if text is not None else None
    if text is None or root is None:
        raise SettingsMistakes(notes.sentences())
    settings = _read(notes, root, Path(path))
    wrong = frozenset(notes.tables)
    for table, text in contradictions(settings):
        if table not in wrong:  # otherwise it may only follow from what was noted
            notes.add(table, text)
    if len(notes):
        raise SettingsMistakes(notes.sentences())
    return settings, _rows(settings, Path(path).name, root, lines_of(text, root))


def built_in_rows() -> tuple[Setting, ...]:
    """Every setting with the value used where no file says anything."""
    return _rows(Settings(), "", {}, {})


# ------------------------------------------------------------------------------------------ reading


def _read(notes: Notes, root: dict[str, Any], path: Path) -> Settings:
    for word in root:
        if word not in BOUNDS:
            notes.unknown("", "table", word, BOUNDS)
    built_in = Settings()
    folder = path.absolute().parent
    tables: dict[str, Any] = {}
    for table, (_, keys) in BOUNDS.items():
        section = getattr(built_in, table)
        said = _section(notes, table, root.get(table, {}), keys)
        paths = {
            key.name: said.get(key.name, getattr(section, key.name)) for key in keys if key.form == "file"
        }
        resolved = {name: _from(folder, table, value) for name, value in paths.items()}
        tables[table] = msgspec.structs.replace(section, **(said | resolved))
    return Settings(file=str(path), **tables)


def _section(notes: Notes, table: str, raw: object, keys: tuple[Key, ...]) -> dict[str, Any]:
    """What the file says in one table, as far as it is right."""
    if not isinstance(raw, dict):
        notes.add(table, f"must be a table, not {shown(raw)}.")
        return {}
    known = {key.name: key for key in keys}
    said: dict[str, Any] = {}
    for word, found in raw.items():
        if word not in known:
            _unknown(notes, table, word, known)
            continue
        value, wrong = check(found, known[word])
        if wrong:
            notes.add(table, wrong)
        else:
            said[word] = value
    return said


def _unknown(notes: Notes, table: str, word: str, known: dict[str, Key]) -> None:
    file_key = _SECRETS.get(word.lower(), "")
    if file_key in known:
        why = (
            f"Secrets do not stand in this file; put it into a file of its own and name that in '{file_key}'."
        )
        notes.add(table, f"unknown key {shown(word)}. {why}")
        return
    notes.unknown(table, "key", word, known)


def _from(folder: Path, table: str, value: str) -> str:
    """A path as the program opens it; a layout may also be a plain name."""
    name = table == "site" and "/" not in value and not value.endswith(".toml")
    return value if not value or name else str(folder / value)


# --------------------------------------------------------------------------------------------- rows


def _rows(settings: Settings, file: str, root: dict[str, Any], lines: dict[str, int]) -> tuple[Setting, ...]:
    return tuple(
        Setting(
            name=f"{table}.{key.name}",
            value=toml_value(getattr(getattr(settings, table), key.name)),
            source=_source(file, root, lines, table, key.name),
            bounds=bounds_of(key),
            says=key.says,
        )
        for table, (_, keys) in BOUNDS.items()
        for key in keys
    )


def _source(file: str, root: dict[str, Any], lines: dict[str, int], table: str, name: str) -> str:
    if name not in root.get(table, {}):
        return BUILT_IN
    line = lines.get(f"{table}.{name}") or lines.get(table)
    return f"{file}:{line}" if line else file


def toml_value(value: object) -> str:
    """A value as it would stand in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return str(value)
