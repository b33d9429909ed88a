"""The `status` command: asks the running program what it says of itself and prints it as text.

It is a process of its own, so it may wait for the answer.
"""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from layouts.config import load_settings
from layouts.named_files import check_secret_file
from layouts.settings import Settings
from proto.page.page import url_of
from proto.status_text import status_text

TIMEOUT_S = 5.0
MAX_BYTES = 4_000_000
OURS = ("state", "since", "why", "tick", "channels", "actuators")
"""Keys without which an answer is somebody else's."""


class NoAnswerError(Exception):
    """Why there is nothing to print, as a sentence."""


def status(url: str | None, config: str) -> int:
    """Print what the program at `url`, or at the page of `config`, says of itself; returns the exit code."""
    settings = load_settings(config) if url is None or Path(config).exists() else Settings()
    try:
        found = fetch(url or _configured(settings), _token(settings.page.token_file))
    except NoAnswerError as error:
        print_line(sys.stderr, str(error))
        return 1
    print_line(sys.stdout, status_text(found))
    return 0


def print_line(where: Any, text: str) -> None:
    """What came over the network must not steer the terminal: only printable characters go out."""
    clean = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    where.write(clean + "\n")


def _configured(settings: Settings) -> str:
    page = settings.page
    if not page.enabled:
        raise NoAnswerError(f"{settings.file} [page] enabled is false: the program has no page to ask.")
    if page.port == 0:
        raise NoAnswerError(
            f"{settings.file} [page] port is 0, so the system chose one; say which with --url http://..."
        )
    return url_of(page.listen, page.port)


def _token(file: str) -> str:
    if not file:
        return ""
    wrong = check_secret_file(file)
    if wrong:
        raise NoAnswerError(f"[page] token_file: {wrong}")
    return Path(file).read_text(encoding="utf-8", errors="replace").strip()


def fetch(url: str, token: str = "") -> dict[str, Any]:
    """The content of `/api/status`; raises `NoAnswerError`."""
    place = urlsplit(url if "//" in url else f"http://{url}")
    try:
        host, port = place.hostname, place.port
    except ValueError as error:
        raise NoAnswerError(f"{url}: {error}.") from error
    if place.scheme != "http" or not host:
        raise NoAnswerError(f"{url}: not an address of a page; it looks like http://127.0.0.1:8080/")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection = http.client.HTTPConnection(host, port or 80, timeout=TIMEOUT_S)
    shown = f"http://{place.netloc.rpartition('@')[2]}"
    try:
        connection.request("GET", "/api/status", headers=headers)
        answer = connection.getresponse()
        code, body = answer.status, answer.read(MAX_BYTES)
    except TimeoutError as error:
        raise NoAnswerError(f"{shown} does not answer within {TIMEOUT_S:g} s.") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise NoAnswerError(f"Nothing answers at {shown} ({why}). Is the program running?") from error
    except (http.client.HTTPException, ValueError) as error:
        raise NoAnswerError(f"What answers at {shown} is not this program: no HTTP.") from error
    finally:
        connection.close()
    return _ours(shown, code, body)


def _ours(shown: str, code: int, body: bytes) -> dict[str, Any]:
    """The answer, if it is one of this program."""
    if code in (401, 429):
        raise NoAnswerError(
            f"{shown} wants its token: name its file as token_file in [page]. It says: {_words(body)}"
        )
    if code != 200:
        raise NoAnswerError(f"{shown} answers with {code}: {_words(body)}")
    try:
        found = json.loads(body)
    except ValueError as error:
        raise NoAnswerError(f"What answers at {shown} is not this program: no JSON.") from error
    if not isinstance(found, dict) or any(key not in found for key in OURS):
        raise NoAnswerError(f"What answers at {shown} is not this program: it tells no state.")
    return found


def _words(body: bytes) -> str:
    return " ".join(body[:300].decode("utf-8", "replace").split())
