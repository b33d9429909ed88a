"""One program per folder, and one writer: locks that the system releases when their holder dies."""

from __future__ import annotations

import fcntl
import os
import select
from pathlib import Path

from proto.store.port import StoreInUse

LOCK_FILE = "scada.lock"
WRITER_LOCK = "store.lock"
LOCK_TRIES = 200
LOCK_PAUSE_S = 0.1


class Lost(RuntimeError):
    """The writer cannot go on; the message is a sentence for the program."""


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


def take_lock(path: Path) -> int:
    """Lock the folder against a second writer; waits for one that is just going. Raises `Lost`, `OSError`."""
    descriptor = _open(path)
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            select.select([], [], [], LOCK_PAUSE_S)
        else:
            return descriptor
    os.close(descriptor)
    raise Lost("an earlier writer still holds the store; it may be stuck on the disk")


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # a read-only disk can still be locked
