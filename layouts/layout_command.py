"""What `python scada.py layout ...` does: show a house, import and export GridWorks files, begin anew."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from layouts.commands import layout_show
from layouts.config import load_settings
from layouts.export_json import export_json, hardware_layout
from layouts.import_absurd import absurd
from layouts.import_json import house_from
from layouts.import_lost import lost
from layouts.load import find_layout, house_of, load_house
from layouts.marks import marked_places, table_of
from layouts.mistakes import LayoutMistakes, Mistakes, clip, shown
from layouts.new import QUESTIONS, skeleton, wrong_answers
from layouts.terminal import Ended, Nobody, Terminal
from layouts.write_toml import ASSUMED, layout_text

MAX_JSON = 10_000_000
EXIT_CONFIG = 78
EXIT_BROKEN_OFF = 130


class Refused(Mistakes):
    """The command cannot do what it was asked; its sentences say why."""


def layout_command(args: argparse.Namespace, terminal: Terminal | None = None) -> int:
    """The whole command; returns the exit code."""
    terminal = terminal or Terminal()
    try:
        return _WHAT[args.what](args, terminal)
    except Mistakes as mistakes:
        for sentence in mistakes.sentences:
            terminal.complain(sentence)
    except Nobody as nobody:
        terminal.complain(str(nobody))
    except Ended as ended:
        terminal.say(f"\nBroken off: {ended}. Nothing was written.")
        return EXIT_BROKEN_OFF
    return EXIT_CONFIG


def _show(args: argparse.Namespace, terminal: Terminal) -> int:
    house = load_house(args.house or load_settings(args.config).site.layout)
    terminal.say(layout_show(house, args.json))
    return 0


def _import(args: argparse.Namespace, terminal: Terminal) -> int:
    if not args.house or not args.out:
        raise Refused(["layout import takes two names: layout import hardware-layout.json layouts/oak.toml"])
    _free(args.out, args.force)
    document = _document(args.house)
    if wrong := absurd(document, args.house):
        raise LayoutMistakes([*wrong, f"Nothing was written; put it right in {args.house} first."])
    house, found = house_from(document, Path(args.out).stem, args.out, args.house)
    marks = [*found.assumed, *found.marked]
    text = layout_text(found.root, f"imported from {Path(args.house).name}", marks)
    _write(args.out, text)
    sentences = list(found.refused)
    if house is not None:
        sentences += lost(document, hardware_layout(house), args.house)
    sentences += assumed_sentences(args.out, found.assumed, "the JSON does not say it")
    if found.marked:
        sentences.append(
            f"{args.out}: {len(found.marked)} marks {ASSUMED} came with the file and stand again."
        )
    for sentence in sentences:
        terminal.say(sentence)
    if house is None:
        terminal.complain(
            f"{args.out} was written, but this must be put right in it before the house can run:"
        )
        house_of(found.root, Path(args.out).stem, args.out)
    terminal.say(f"{args.out}: written. {_next(args.out)}")
    return 0


def _export(args: argparse.Namespace, terminal: Terminal) -> int:
    if not args.house or not args.out:
        raise Refused(["layout export takes two names: layout export oak hardware-layout.json"])
    _free(args.out, args.force)
    house = load_house(args.house)
    marks = marked_places(find_layout(args.house)[0].read_text(encoding="utf-8"))
    text, sentences = export_json(house, marks)
    _write(args.out, text)
    if marks:
        terminal.say(
            f"{house.file}: {len(marks)} places are marked {ASSUMED}; an import sets the marks again."
        )
    for sentence in sentences:
        terminal.say(sentence)
    terminal.say(f"{args.out}: written.")
    return 0


def _new(args: argparse.Namespace, terminal: Terminal) -> int:
    if not args.house or args.out:
        raise Refused(["layout new takes one name, the file to write: layout new layouts/oak.toml"])
    out = args.house if "/" in args.house or args.house.endswith(".toml") else f"layouts/{args.house}.toml"
    _free(out, args.force)
    answers = {q.name: str(value) for q in QUESTIONS if (value := getattr(args, q.name)) is not None}
    if wrong := wrong_answers(answers):
        raise Refused(wrong)
    if not args.yes:
        answers |= _ask(terminal, answers)
    if wrong := wrong_answers(answers):
        raise Refused(wrong)
    root, assumed = skeleton(answers)
    house_of(root, Path(out).stem, out)
    _write(out, layout_text(root, "begun with 'layout new'", assumed))
    for sentence in assumed_sentences(out, assumed, "nobody has said it yet"):
        terminal.say(sentence)
    terminal.say(f"{out}: written. {_next(out)}")
    return 0


def _ask(terminal: Terminal, said: dict[str, str]) -> dict[str, str]:
    """An answer to every question that no option has answered; Enter takes the usual one."""
    answers: dict[str, str] = {}
    for question in QUESTIONS:
        if question.name in said:
            continue
        for _ in range(3):
            instead = "--yes (the usual answers) and the options of layout new"
            answer = terminal.ask(f"{question.words} [{question.usual}]", instead) or question.usual
            wrong = question.wrong(answer)
            if not wrong:
                answers[question.name] = answer
                break
            terminal.say(f"{wrong[:1].upper()}{wrong[1:]}.")
        else:
            raise Refused([f"--{question.name}: {question.wrong('')}."])
    return answers


_WHAT: dict[str, Callable[[argparse.Namespace, Terminal], int]] = {
    "show": _show,
    "import": _import,
    "export": _export,
    "new": _new,
}


def _next(out: str) -> str:
    return f'Next: python scada.py layout show {out}, and [site] layout = "{out}" in config.toml.'


def assumed_sentences(out: str, places: list[str], why: str) -> list[str]:
    """One sentence for each table with something assumed in it."""
    found: dict[str, list[str]] = {}
    for place in places:
        table = table_of(place)
        found.setdefault(table, []).append(place.removeprefix(f"{table}."))
    return [
        f"{out} [{table}]: {', '.join(keys)}: {why}; what is usual stands there, marked {ASSUMED}."
        for table, keys in found.items()
    ]


# --------------------------------------------------------------------------------------------- files


def _free(out: str, force: bool) -> None:
    if os.path.lexists(out) and not force:
        raise Refused([f"{out}: is there already and was not touched; --force writes over it."])


def _write(out: str, text: str) -> None:
    """Whole or not at all: beside it first, then in its place."""
    beside = Path(f"{out}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(out)
    except OSError as error:
        raise Refused([f"{out}: cannot be written: {error.strerror or error}."]) from None


def _document(file: str) -> dict[str, Any]:
    """The JSON of a file. Raises `LayoutMistakes`."""
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MAX_JSON + 1)
    except OSError as error:
        raise LayoutMistakes([f"{file}: cannot be read: {error.strerror or error}."]) from None
    if len(data) > MAX_JSON:
        raise LayoutMistakes([f"{file}: has more than {MAX_JSON} bytes; no hardware layout needs so many."])
    try:
        document = json.loads(data)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise LayoutMistakes([f"{file}: {place}: is not JSON: {clip(error.msg)}."]) from None
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise LayoutMistakes([f"{file}: is not JSON text."]) from None
    if not isinstance(document, dict):
        raise LayoutMistakes([f"{file}: must hold one JSON object, not {shown(document)}."])
    return document
