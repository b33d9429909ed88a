"""Temporary folders that bear the pid of their maker, so that those of a killed one can be swept."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

_OURS = re.compile(r"spaceheat-(?:demo|broker)-(\d+)-\w+")


def folder(what: str, place: str | None = None) -> tempfile.TemporaryDirectory[str]:
    """A folder for `what` (demo or broker), after those of dead makers are gone."""
    sweep(Path(place or tempfile.gettempdir()))
    return tempfile.TemporaryDirectory(prefix=f"spaceheat-{what}-{os.getpid()}-", dir=place)


def sweep(place: Path) -> int:
    """Remove what killed demos left there, if it is ours; returns how many."""
    swept = 0
    for path in place.iterdir():
        made = _OURS.fullmatch(path.name)
        if made is None or _alive(int(made[1])) or path.is_symlink():
            continue
        try:
            if path.lstat().st_uid == os.getuid():
                shutil.rmtree(path)
                swept += 1
        except OSError:
            continue  # another demo sweeps too
    return swept


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
