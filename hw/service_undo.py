"""Undoes an installation, last step first, and leaves alone what somebody has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hw.service_machine import Machine
from hw.service_steps import RECORD, Linked, Made, Record, Silenced, Step, Wrote, digest, put

UNIT_FOLDER = "/etc/systemd/"
"""What lies here is ours alone and goes even if it was changed."""


def undo(machine: Machine, record: Record) -> Iterator[str]:
    """Undo every step; yields a sentence for each thing done or left. Raises `OSError`."""
    woken = [step for step in record.steps if isinstance(step, Silenced)]
    for step in reversed(record.steps):
        yield from _undo(machine, step)
    machine.path(RECORD).unlink(missing_ok=True)
    _rmdir(machine.path(RECORD).parent)
    if machine.runs_systemd:
        machine.systemctl("daemon-reload")
    for silenced in reversed(woken):  # services before the timers that watch them
        if silenced.active:
            code, words = machine.systemctl("start", silenced.unit)
            yield f"{silenced.unit} is started again" + (f": {words}" if code else "")


def _undo(machine: Machine, step: Step) -> Iterator[str]:
    if isinstance(step, Wrote):
        yield from _unwrite(machine, step)
    elif isinstance(step, Linked):
        path = Path(step.path)
        path.unlink(missing_ok=True)
        if step.before is not None:
            path.symlink_to(step.before)
        yield f"{path} {'points back' if step.before else 'is gone'}"
    elif isinstance(step, Made):
        _rmdir(Path(step.path))
    else:
        for link, target in step.links:
            place = machine.path(link)
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.is_symlink():
                place.symlink_to(target)
        if step.links:
            yield f"{step.unit} is enabled again"


def _unwrite(machine: Machine, step: Wrote) -> Iterator[str]:
    path = Path(step.path)
    if not path.exists():
        return
    changed = digest(path.read_text(encoding="utf-8", errors="replace")) != step.digest
    if changed and not path.is_relative_to(machine.path(UNIT_FOLDER)):
        yield f"{path} was changed since and stays as it is"
    elif step.before is None:
        path.unlink()
        yield f"{path} is gone"
    else:
        owner = path.stat()
        put(path, step.before, step.mode, (owner.st_uid, owner.st_gid))
        yield f"{path} says again what it said before"


def _rmdir(path: Path) -> None:
    """A folder that somebody uses by now stays."""
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
