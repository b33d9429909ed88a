"""Every command of `scada.py` and what it takes, as a parser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from layouts.command_words import refusal
from layouts.new import QUESTIONS

_ANSWERS: list[tuple[str, dict[str, object]]] = [
    (f"--{question.name}", {"metavar": question.usual, "help": f"new: {question.words}"})
    for question in QUESTIONS
]
WIRE: tuple[str, dict[str, object]] = (
    "--wire",
    {"metavar": "FILE", "help": "every message that crosses a link, as JSON lines {topic, payload}"},
)
OPTIONS: dict[str, tuple[str, list[tuple[str, dict[str, object]]]]] = {
    "run": ("run the house (also without any command)", [WIRE]),
    "check": ("dry run: what would run, and a sentence for everything that is wrong", []),
    "demo": (
        "a simulated house with broker, ATN and a live page; nothing real is switched",
        [
            ("--speed", {"type": float, "default": 60.0, "help": "house seconds per real second (60)"}),
            ("--port", {"type": int, "default": 8080, "help": "of the page; 0 picks a free one (8080)"}),
            ("--minutes", {"type": float, "help": "end after so many real minutes"}),
            ("--broker", {"choices": ("mosquitto", "amqtt"), "help": "default: mosquitto if installed"}),
            WIRE,
        ],
    ),
    "layout": (
        "the house as tables; GridWorks files in and out; a first layout of a new house",
        [
            ("what", {"choices": ("show", "import", "export", "new")}),
            (
                "house",
                {"nargs": "?", "help": "layout name or file (import: the JSON; new: the file to write)"},
            ),
            ("out", {"nargs": "?", "help": "import, export: the file to write"}),
            ("--json", {"action": "store_true", "help": "show: as JSON"}),
            ("--force", {"action": "store_true", "help": "write over a file that is there"}),
            ("--yes", {"action": "store_true", "help": "new: the usual answers, without asking"}),
            *_ANSWERS,
        ],
    ),
    "settings": ("every setting, its value, where it came from, its bounds", []),
    "diagram": (
        "the state machine as a drawing",
        [("--format", {"choices": ("mermaid", "dot", "svg", "page"), "default": "mermaid"})],
    ),
    "status": ("what the running program says of itself", [("--url", {"help": "of its page"})]),
    "contracts": (
        "what became of every contract, from the journal in the store; also while the program runs",
        [
            (
                "--contract",
                {"default": "", "metavar": "ID", "help": "every entry of one; the id may be cut"},
            ),
            ("--last", {"type": int, "default": 24, "metavar": "N", "help": "the newest contracts (24)"}),
            ("--json", {"action": "store_true"}),
        ],
    ),
    "certs": (
        "certificates of every broker: existence, permissions, dates, chain, name, and what to do",
        [("--offline", {"action": "store_true", "help": "look at the files only, ask no broker"})],
    ),
    "service": (
        "the systemd units of this checkout: what they say, install, judge, remove",
        [
            ("what", {"choices": ("show", "install", "status", "remove")}),
            (
                "--user",
                {"help": "who the program runs as (default: who calls sudo, else the checkout's owner)"},
            ),
            ("--dry-run", {"action": "store_true", "help": "install: print what would be done"}),
            (
                "--take-over",
                {
                    "action": "store_true",
                    "help": "install: stop an older service, take its "
                    "settings and certificates, without asking",
                },
            ),
            ("--keep-settings", {"action": "store_true", "help": "install: take no settings over"}),
            ("--no-start", {"action": "store_true", "help": "install: start at the next boot only"}),
            ("--root", {"default": "/", "metavar": "DIR", "help": "a folder that stands for the system (/)"}),
        ],
    ),
    "hw": (
        "commissioning: what answers on the buses, one channel, every relay, tank sensors; on the twin too",
        [
            ("what", {"choices": ("scan", "read", "walk", "calibrate")}),
            ("name", {"nargs": "?", "help": "read: the channel; walk: one relay; calibrate: the tank"}),
            ("--yes", {"action": "store_true", "help": "walk, calibrate: without asking"}),
            (
                "--listen",
                {"type": float, "help": "scan: seconds to hear the modules (what the slowest needs)"},
            ),
            (
                "--hold",
                {"type": float, "help": "walk: seconds each relay stays switched (5 to 60, by relay)"},
            ),
            ("--seconds", {"type": float, "default": 300.0, "help": "calibrate: how long to watch (300)"}),
            ("--reference-f", {"type": float, "help": "calibrate: what a thermometer in the tank says, °F"}),
        ],
    ),
    "simulate": (
        "the full program in virtual time, no sockets",
        [
            ("--house", {"default": "orange", "help": "layout name or file (orange)"}),
            ("--days", {"type": float, "help": "default: 1, or as far as the weather goes"}),
            ("--start", {"help": "local date and time, ISO 8601 (2026-01-27, or where the weather begins)"}),
            ("--weather", {"metavar": "CSV", "help": "columns utc, oat_f, optional wind_mph"}),
            ("--prices", {"metavar": "CSV", "help": "columns utc, a delivery and an energy price, USD/MWh"}),
            ("--tick", {"type": float, "default": 10.0, "help": "seconds per tick (10)"}),
            ("--controller", {"choices": ("thermostat", "homealone", "atn"), "default": "homealone"}),
            ("--heat-pump", {"choices": ("lg_ht", "ecodan"), "default": "lg_ht"}),
            ("--seed", {"type": int, "default": 1}),
            ("--json", {"action": "store_true", "help": "only the figures, as JSON"}),
            WIRE,
        ],
    ),
}
"""Command -> what it does, and its options; `--config FILE` belongs to most (`layouts/command_words.py`)."""
EXIT_USAGE = 2
_HELP = frozenset({"-h", "--help"})


class _Parser(argparse.ArgumentParser):
    """A parser that refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say it and end with the usual exit code of a wrong command line."""
        sys.stderr.write(f"{self.prog}: {message.rstrip('.')}.\n")
        sys.exit(EXIT_USAGE)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(prog="scada.py", description="Controller of a house with heat pump and storage.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (words, options) in OPTIONS.items():
        command = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
        command.add_argument("--config", default="config.toml", metavar="FILE", help="settings (config.toml)")
        for flag, how in options:
            command.add_argument(flag, **how)  # type: ignore[arg-type]
    return top


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed command line; names may stand before, between and behind the options.

    Of itself `argparse` takes a name that may be absent only right behind the command, and lets pass what the
    command has no use for; that is refused here. Ends the program where the line is wrong.
    """
    command, words = arguments[0], list(arguments[1:])
    bare = _HELP | {flag for flag, how in OPTIONS.get(command, ("", []))[1] if "action" in how}
    names: list[str] = []
    options: list[str] = []
    given: list[str] = []
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            names.append(word)
            continue
        options.append(word)
        given.append(word.partition("=")[0])
        if word not in bare and "=" not in word and words:
            options.append(words.pop(0))
    top = parser()
    if not _HELP & {command, *given} and (wrong := refusal(OPTIONS, command, names, given)):
        top.error(wrong)
    return top.parse_args([command, *names, *options])
