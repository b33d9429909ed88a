"""The person at the terminal, as a command sees one: lines to print, questions to ask."""

from __future__ import annotations

import select
import shutil
import signal
import sys
import textwrap
from typing import TextIO

MAX_ANSWER = 200
MOST_COLUMNS = 100
LOOK_S = 0.5


class Nobody(Exception):
    """A question cannot be asked: the input is no terminal. The message is a sentence."""


class Ended(Exception):
    """Whoever was asked broke off instead of answering, with Ctrl-C or Ctrl-D. The message says which."""


class Terminal:
    """Prints to `out` and `err`, asks on `into`; by default those of this process."""

    def __init__(
        self, into: TextIO | None = None, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        """Nothing is read until something is asked. On a screen, sentences are wrapped; tables are not."""
        self._into, self._out, self._err = into or sys.stdin, out or sys.stdout, err or sys.stderr

    @property
    def person(self) -> bool:
        """Whether somebody sits there who can answer."""
        try:
            return self._into is not None and self._into.isatty()
        except ValueError:  # closed
            return False

    def say(self, line: str = "") -> None:
        """A line; a sentence that is too long for the screen goes on below, indented."""
        self._out.write(f"{_wrapped(line, self._out)}\n")
        self._out.flush()

    def complain(self, line: str) -> None:
        """A line about what is wrong."""
        self._err.write(f"{_wrapped(line, self._err)}\n")
        self._err.flush()

    def ask(self, question: str, instead: str = "--yes") -> str:
        """The answer on one line, trimmed; "" for just Enter.

        Raises `Ended` at the end of the input and on Ctrl-C, unless somebody else looks after that; `Nobody`
        where nobody sits at the terminal; `instead` is the option that answers in advance.
        """
        if not self.person:
            raise Nobody(f"{question} Nobody is at a terminal to answer; say it in advance with {instead}.")
        before = signal.getsignal(signal.SIGINT)
        if before == signal.SIG_DFL:  # else Ctrl-C would end the program without a word
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self._out.write(f"{_wrapped(question, self._out)} ")
            self._out.flush()
            _wait(self._into)
            answer = self._into.readline(MAX_ANSWER)
        except KeyboardInterrupt:
            raise Ended("Ctrl-C") from None
        finally:
            if before == signal.SIG_DFL:
                signal.signal(signal.SIGINT, before)
        if not answer:
            raise Ended("the input ended")
        return answer.strip()

    def agrees(self, question: str) -> bool:
        """Yes or no; anything but y or yes is no. Raises `Nobody` and `Ended`."""
        return self.ask(f"{question} [y/N]").lower() in ("y", "yes")


def _wait(into: TextIO) -> None:
    """Until something was typed; a Ctrl-C is seen at the latest after `LOOK_S`.

    A signal that comes just before a blocking read would be seen only when that read ends.
    """
    try:
        number = into.fileno()
    except (OSError, ValueError):  # no file behind it
        return
    while not select.select([number], [], [], LOOK_S)[0]:
        pass


def _wrapped(line: str, where: TextIO) -> str:
    """The line as it is for a file or a pipe; for a screen its paragraphs, none wider than the screen."""
    if "\n" in line or not where.isatty():
        return line
    width = min(MOST_COLUMNS, shutil.get_terminal_size().columns)
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(),
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
