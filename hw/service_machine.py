"""The computer a service is installed on, as the `service` command sees it: files, users, systemd, a person.

It is the only part of the command that touches anything; a test gives it another root and other words.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

COMMAND_S = 60
"""systemctl answers within this time or counts as failed."""
MAX_TEXT = 1_000_000


class Person(Struct, frozen=True):
    """A user of the computer."""

    name: str
    uid: int
    gid: int
    home: str


Run = Callable[[Sequence[str]], tuple[int, str]]
"""Words of a command -> exit code and what it printed."""


class Machine:
    """`root` stands before every path of the system; only with "/" is systemd ever spoken to."""

    def __init__(
        self,
        root: str | Path = "/",
        *,
        uid: int = 0,
        environ: Mapping[str, str] | None = None,
        run: Run | None = None,
        say: Callable[[str], None] = lambda _: None,
        complain: Callable[[str], None] | None = None,
        ask: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`say` gets the lines to print, `complain` what is refused, `ask` a question of yes or no."""
        self.root = Path(root)
        self.uid = uid
        self.environ = environ or {}
        self.say, self.ask, self.complain = say, ask, complain or say
        self._run = run or command
        self._speaks = run is not None or self.whole

    def path(self, absolute: str) -> Path:
        """Where a path of the system is."""
        return self.root / absolute.lstrip("/")

    def text(self, absolute: str) -> str | None:
        """What a file of the system says, None where there is none to be read."""
        try:
            with self.path(absolute).open(encoding="utf-8", errors="replace") as file:
                return file.read(MAX_TEXT)
        except OSError:
            return None

    @property
    def whole(self) -> bool:
        """True on the computer itself, false in a folder that stands for one."""
        return self.root == Path("/")

    @property
    def runs_systemd(self) -> bool:
        """Whether systemd is in charge here and now; sd_booted(3)."""
        return self._speaks and self.path("/run/systemd/system").is_dir()

    def systemctl(self, *words: str) -> tuple[int, str]:
        """Exit code and output of systemctl; 1 and a sentence where systemd does not run."""
        if not self.runs_systemd:
            return 1, "systemd does not run here"
        return self._run(("systemctl", *words))

    def systemd_version(self) -> int:
        """The version of systemd here; 0 where it cannot be asked."""
        code, text = self._run(("systemctl", "--version"))
        words = text.split()
        return int(words[1]) if not code and len(words) > 1 and words[1].isdecimal() else 0

    def person(self, name: str) -> Person | None:
        """A user of the computer, None for a name nobody has."""
        for row in self._rows("/etc/passwd", 7):
            if row[0] == name and row[2].isdecimal() and row[3].isdecimal():
                return Person(name, int(row[2]), int(row[3]), row[5])
        return None

    def person_of(self, uid: int) -> Person | None:
        """The user of a number."""
        names = (row[0] for row in self._rows("/etc/passwd", 7) if row[2] == str(uid))
        return next((self.person(name) for name in names), None)

    def groups(self) -> dict[str, int]:
        """Every group and its number."""
        return {row[0]: int(row[2]) for row in self._rows("/etc/group", 4) if row[2].isdecimal()}

    def _rows(self, file: str, fields: int) -> Iterator[list[str]]:
        for line in (self.text(file) or "").splitlines():
            row = line.split(":")
            if len(row) == fields:
                yield row


def command(words: Sequence[str]) -> tuple[int, str]:
    """Run a command to its end, at most a minute; 127 where there is no such program."""
    options: dict[str, Any] = {"capture_output": True, "text": True, "errors": "replace", "check": False}
    try:
        done = subprocess.run(list(words), stdin=subprocess.DEVNULL, timeout=COMMAND_S, **options)
    except FileNotFoundError:
        return 127, f"there is no program '{words[0]}' here"
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    return done.returncode, (done.stdout + done.stderr).strip()
