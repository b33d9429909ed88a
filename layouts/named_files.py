"""Checks the files that the settings name: that they are there and that secrets are nobody else's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from layouts.bounds import BOUNDS, SECRET_FILES
from layouts.settings import Settings

MAX_SECRET_BYTES = 65_536
HANDED_OVER = "/run/credentials/"
"""Where systemd puts secrets for one service alone; it guards them by access lists, not by the mode."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_secret_file(path: str | Path) -> str | None:
    """A sentence on why a secret file must not be used, or None when it is fine.

    It must be there, hold something, and be readable by its owner alone. Its contents are never looked at.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return f"{path}: there is no such file."
    except (OSError, ValueError) as error:
        return f"{path}: cannot be looked at: {getattr(error, 'strerror', None) or error}."
    if not stat.S_ISREG(status.st_mode):
        return f"{path}: is not a regular file."
    if status.st_mode & _OTHERS and not str(path).startswith(HANDED_OVER):
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        return f"{path}: others than its owner may use it (mode {mode}); run: chmod 600 {path}"
    if not 0 < status.st_size <= MAX_SECRET_BYTES:
        return f"{path}: is empty." if not status.st_size else f"{path}: is too large for a secret."
    return None if os.access(path, os.R_OK) else f"{path}: is not readable by this program."


def check_named_files(settings: Settings) -> tuple[str, ...]:
    """Sentences on every file the settings name and that cannot be used; tables switched off are skipped."""
    found: list[str] = []
    for table, (_, keys) in BOUNDS.items():
        section = getattr(settings, table)
        if not getattr(section, "enabled", True) or (table == "twin" and settings.hardware.bus != "twin"):
            continue
        for key in keys:
            path = getattr(section, key.name)
            if key.form != "file" or not path or key.name in ("layout", "folder"):
                continue
            sentence = check_secret_file(path) if key.name in SECRET_FILES else _plain_file(path)
            if sentence:
                found.append(f"{settings.file} [{table}] {key.name}: {sentence}")
    return tuple(found)


def _plain_file(path: str) -> str | None:
    if not Path(path).is_file():
        return f"{path}: there is no such file."
    return None if os.access(path, os.R_OK) else f"{path}: is not readable by this program."
