"""What an installation does to a computer, step by step, each written down so that it can be undone."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from hw.service_machine import Machine

RECORD = "/var/lib/spaceheat-scada/installed.json"
FOLDER_MODE = 0o755

# ------------------------------------------------------------------------------------ what is to be done


class Write(Struct, frozen=True, tag=True):
    """A file with this text. `owner` is (uid, gid), None: who installs. A `fresh` one replaces nothing."""

    path: str
    text: str
    mode: int = 0o644
    owner: tuple[int, int] | None = None
    fresh: bool = False


class Folder(Struct, frozen=True, tag=True):
    """A folder for `owner` alone, (uid, gid)."""

    path: str
    owner: tuple[int, int]


class Link(Struct, frozen=True, tag=True):
    """A symbolic link."""

    path: str
    target: str


class Silence(Struct, frozen=True, tag=True):
    """An older service that starts no more: `links` enabled it."""

    unit: str
    links: tuple[tuple[str, str], ...]
    active: bool


Action = Write | Folder | Link | Silence

# ------------------------------------------------------------------------------------- what was done


class Wrote(Struct, tag=True):
    """A file was written; `before` is what it said before, None if it was not there."""

    path: str
    digest: str
    before: str | None
    mode: int


class Linked(Struct, tag=True):
    """A link was made; `before` is where it pointed before."""

    path: str
    before: str | None


class Made(Struct, tag=True):
    """A folder was made."""

    path: str


class Silenced(Struct, tag=True):
    """An older service was stopped and disabled."""

    unit: str
    links: tuple[tuple[str, str], ...]
    active: bool


Step = Wrote | Linked | Made | Silenced


class Record(Struct):
    """Everything an installation did, oldest first."""

    checkout: str
    steps: list[Step]


def read_record(machine: Machine) -> Record | None:
    """What an earlier installation did here. Raises `ValueError` with a sentence for a damaged record."""
    text = machine.text(RECORD)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Record)
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"{machine.path(RECORD)} cannot be understood: {error}.") from error


def digest(text: str) -> str:
    """What a file is recognised by."""
    return sha256(text.encode()).hexdigest()


class Steps:
    """Does actions and keeps the record; the record is on disk before the next step begins."""

    def __init__(self, machine: Machine, record: Record) -> None:
        """`record` may hold steps of an earlier installation of the same checkout: their `before` stays."""
        self._machine = machine
        self.record = record

    def do(self, action: Action) -> None:
        """Do one thing. Raises `OSError`."""
        if isinstance(action, Write):
            self._write(action)
        elif isinstance(action, Folder):
            self._folders(Path(action.path), action.owner)
        elif isinstance(action, Link):
            self._link(action)
        else:
            self._silence(action)

    def _note(self, step: Step) -> None:
        """Write a step down; of an earlier one for the same path only the digest is renewed."""
        for known in self.record.steps:
            if isinstance(known, Wrote) and isinstance(step, Wrote) and known.path == step.path:
                known.digest = step.digest
                return self._save()
            if isinstance(known, Linked) and isinstance(step, Linked) and known.path == step.path:
                return None
        self.record.steps.append(step)
        return self._save()

    def _save(self) -> None:
        path = self._machine.path(RECORD)
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, msgspec.json.format(msgspec.json.encode(self.record), indent=1).decode(), 0o600)

    def _write(self, action: Write) -> None:
        path = Path(action.path)
        before, mode, owner = None, action.mode, action.owner
        if path.exists():
            before, status = path.read_text(encoding="utf-8"), path.stat()
            mode, owner = stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid)
        if action.fresh and before is not None:
            if before == action.text:
                return
            raise FileExistsError(f"{path} is there already and says something else; move it away first")
        self._folders(path.parent, action.owner)
        self._note(Wrote(str(path), digest(action.text), before, mode))
        put(path, action.text, mode, owner)

    def _folders(self, folder: Path, owner: tuple[int, int] | None) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for place in reversed(missing):
            self._note(Made(str(place)))
            place.mkdir(mode=0o700 if owner else FOLDER_MODE)
            _give(place, owner)

    def _link(self, action: Link) -> None:
        path = Path(action.path)
        before = str(path.readlink()) if path.is_symlink() else None
        if before == action.target:
            return
        self._folders(path.parent, None)
        self._note(Linked(str(path), before))
        path.unlink(missing_ok=True)
        path.symlink_to(action.target)

    def _silence(self, action: Silence) -> None:
        self._note(Silenced(action.unit, action.links, action.active))
        self._machine.systemctl("stop", action.unit)
        for path, _ in action.links:
            self._machine.path(path).unlink(missing_ok=True)


def put(path: Path, text: str, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Write a file whole or not at all; nobody but its owner sees it before it has its mode."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
    _give(new, owner)
    new.replace(path)


def _give(path: Path, owner: tuple[int, int] | None) -> None:
    if owner is not None and os.geteuid() == 0:
        os.chown(path, *owner)
