"""Child processes that end when we do, however we end (Linux: PR_SET_PDEATHSIG)."""

from __future__ import annotations

import ctypes
import signal
import subprocess
from typing import Any

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command: list[str], **more: Any) -> subprocess.Popen[bytes]:
    """A child in its own session, without our standard input, tied to our life."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_parent,
        **more,
    )


def end(process: subprocess.Popen[bytes], patience_s: float = 3.0) -> None:
    """Ask, then insist; reaped in any case."""
    process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
