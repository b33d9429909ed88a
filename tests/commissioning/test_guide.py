"""The guide to setting up a Pi and the README name only commands, options, files and settings that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from layouts.bounds import BOUNDS
from layouts.command_line import OPTIONS, parse

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "setting-up-the-pi.md"
README = ROOT / "README.md"
_COMMAND = re.compile(r"python3? scada\.py ([a-z][^`\n#|&;]*)")
_LINK = re.compile(r"\]\(([^)#:]+)\)")


def commands(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return [match[1].strip().replace("[", "").replace("]", "") for match in _COMMAND.finditer(text)]


@pytest.mark.parametrize("path", [GUIDE, README], ids=lambda path: path.name)
def test_every_command_there_is_understood(path: Path) -> None:
    found = commands(path)
    assert len(found) > 10
    for command in found:
        args = parse(shlex.split(command))
        assert args.command in OPTIONS, command


def test_the_readme_lists_every_command() -> None:
    text = README.read_text(encoding="utf-8")
    for command, (_, options) in OPTIONS.items():
        choices = next((how["choices"] for name, how in options if name == "what"), ("",))
        assert isinstance(choices, tuple)
        for what in choices:
            words = (
                f"`{what}`"
                if command == "service" and what != "show"
                else f"scada.py {command} {what}".rstrip()
            )
            assert words in text or command == "run", f"{command} {what}"


@pytest.mark.parametrize("path", [GUIDE, README], ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in _LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists(), link


def test_every_setting_the_guide_names_exists() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    named = re.findall(r"\[(\w+)\] (\w+)", text)
    assert len(named) > 3
    for table, key in named:
        if table in BOUNDS:
            assert key in {k.name for k in BOUNDS[table][1]}, f"[{table}] {key}"


def test_the_unit_points_at_the_guide() -> None:
    from hw import service_units

    assert GUIDE.name in Path(service_units.__file__).read_text(encoding="utf-8")
