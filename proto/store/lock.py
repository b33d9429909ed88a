"""One program per folder: a lock that the system releases when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from proto.store.port import StoreInUse

LOCK_FILE = "scada.lock"


def take_folder(folder: Path) -> tuple[int | None, str]:
    """Make and lock the folder for this program: the lock's descriptor, and a sentence when it is flawed.

    Raises `StoreInUse` when another program has it. A folder that cannot be used is no reason to stop: the
    house is heated without a store too.
    """
    path = folder / LOCK_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _open(path)
    except OSError as error:
        return None, f"{folder} cannot be used: {error}"
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise StoreInUse(f"{folder} is in use by another scada (process {holder}); stop that first") from None
    try:
        os.pwrite(lock, f"{os.getpid():<19}\n".encode(), 0)
    except OSError as error:
        return lock, f"{path} cannot be written: {error}"
    return lock, ""


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # a read-only disk can still be locked
