"""`check`: the dry run, and what `run` would stumble over when it opens things; nothing is left behind."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from layouts.config import load_settings
from layouts.credentials import with_credentials
from layouts.dry_run import dry_run
from layouts.settings import Settings
from layouts.share import SECONDARY
from proto.http_types import ListenError, open_listener
from proto.page.guard import read_token
from proto.store.lock import LOCK_FILE
from states.image import Now


def check(
    config: str,
    weather_files: Callable[[Settings], Iterable[str]],
    clock: Callable[[], Now],
    environ: Mapping[str, str],
) -> tuple[str, list[str]]:
    """(what would run, as text; everything that is wrong, a sentence each). Touches no bus and no network."""
    text, wrong = dry_run(config, clock().wall_ms, environ)
    if text:
        settings = with_credentials(load_settings(config), environ)
        wrong += [*weather_files(settings), *rehearse(settings)]
    return text, list(dict.fromkeys(wrong))


def rehearse(settings: Settings) -> Iterator[str]:
    """A sentence for each: the page's token, the ports, the folder of the store.

    While a program of ours holds the store, the ports are taken by it, and nothing is said of them.
    """
    page, devices = settings.page, settings.devices
    if page.enabled:
        yield from _trial(lambda: read_token(settings))
    if not _held(Path(settings.store.folder)):
        if page.enabled:
            yield from _trial(lambda: open_listener(page.listen, page.port, "page").close())
        if devices.enabled and settings.site.role != SECONDARY:
            yield from _trial(lambda: open_listener(devices.listen, devices.port, "devices").close())
    yield from _store(settings)


def _trial(act: Callable[[], object]) -> Iterator[str]:
    try:
        act()
    except (ListenError, OSError, ValueError) as error:
        yield str(error)


def _held(folder: Path) -> bool:
    """Another program has this store just now."""
    try:
        lock = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def _store(settings: Settings) -> Iterator[str]:
    """The house would be heated without a store, but nothing of what must survive a restart would."""
    folder = Path(settings.store.folder)
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        if folder.exists():
            tempfile.TemporaryFile(dir=folder).close()
        else:
            Path(tempfile.mkdtemp(dir=there)).rmdir()
    except OSError as error:
        what = "cannot be written to" if folder.exists() else f"cannot be made in {there}"
        yield f"{settings.file} [store] folder: {folder} {what} ({error.strerror})."
