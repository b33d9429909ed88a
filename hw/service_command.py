"""What `python scada.py service ...` does with a terminal: a process of its own that prints and asks."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TextIO

from hw.service import Wishes, service
from hw.service_machine import Machine
from layouts.config import load_settings
from layouts.load import load_house


def service_command(args: argparse.Namespace) -> int:
    """The whole command; returns the exit code. Raises `SettingsMistakes` and `LayoutMistakes`."""
    settings = load_settings(args.config)
    machine = Machine(
        args.root,
        uid=os.geteuid(),
        environ=os.environ,
        say=_say,
        complain=lambda line: _say(line, sys.stderr),
        ask=_ask,
    )
    house = load_house(settings.site.layout)
    wishes = Wishes(
        user=args.user,
        dry_run=args.dry_run,
        take_over=args.take_over,
        keep_settings=args.keep_settings,
        start=not args.no_start,
    )
    return service(args.what, house, settings, machine, wishes)


def _say(line: str, where: TextIO | None = None) -> None:
    stream = where or sys.stdout
    stream.write(f"{line}\n")
    stream.flush()


def _ask(question: str) -> bool:
    """Yes only from a person at a terminal."""
    if not sys.stdin.isatty():
        return False
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
