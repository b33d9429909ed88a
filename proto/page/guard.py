"""Who may look at the page: names it answers to, where a request comes from, and the token.

A page on this computer alone needs no token. The names stop a foreign site from reaching us under a name of
its own (DNS rebinding); the token stops neighbours; failures are counted and rationed for each address.
"""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs

from layouts.config_check import is_loopback
from layouts.named_files import check_secret_file
from layouts.settings import Settings
from proto.http_types import Request
from proto.page.reply import Reply, sentence

OPEN_PATHS = ("/ping", "/healthz")
"""They tell nothing about the house and need no token."""
METHODS = ("GET", "HEAD")
COOKIE = "spaceheat"
COOKIE_DAYS = 90
MIN_TOKEN_CHARS = 32
"""Of hexadecimal digits that is 128 bits."""
MIN_DIFFERENT_CHARS = 8
FAILURES = 10
WINDOW_MS = 60_000
MAX_PEERS = 256
_ANY = ("0.0.0.0", "::")  # noqa: S104  names the setting, opens nothing
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def read_token(settings: Settings) -> str:
    """The token of the page, or "" where it needs none. Raises `ValueError` with a sentence."""
    page = settings.page
    if not page.token_file:
        if is_loopback(page.listen):
            return ""
        raise ValueError(
            f"[page] listen = '{page.listen}': others can reach the page there, so it needs token_file."
        )
    wrong = check_secret_file(page.token_file)
    if wrong:
        raise ValueError(f"[page] token_file: {wrong}")
    token = Path(page.token_file).read_text(encoding="utf-8", errors="replace").strip()
    weak = len(token) < MIN_TOKEN_CHARS or len(set(token)) < MIN_DIFFERENT_CHARS
    if weak or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(
            f"[page] token_file: {page.token_file}: the token must be at least {MIN_TOKEN_CHARS} random "
            f"letters and digits on one line; make one with: openssl rand -hex 32 > {page.token_file}"
        )
    return token


def host_of(header: str) -> str:
    """The host of a `Host` header in lower case, without port and brackets; "" when there is none."""
    host = header.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


class Guard:
    """Judges every request before anything is looked up for it."""

    def __init__(self, listen: str, token: str) -> None:
        """`token` "" means that none is asked for."""
        self._listen = listen.lower()
        self._token = token.encode()
        # What the browser keeps is made from the token, so that a stolen cookie does not give it away.
        mark = hmac.new(self._token, b"cookie of the page", hashlib.sha256).hexdigest() if token else ""
        self._mark = mark.encode()
        self._failures: dict[str, tuple[int, int]] = {}
        self.token_failures = 0
        self.foreign = 0

    def check(self, request: Request, net_ms: int) -> Reply | None:
        """None when the request may be answered, else what it gets instead."""
        if not self.knows(host_of(request.header("host"))):
            self.foreign += 1
            return sentence(
                421, "This house answers to its address only; open it by IP address or as localhost."
            )
        if request.method not in METHODS:
            return sentence(405, "This page only shows: GET or HEAD.", (("allow", "GET, HEAD"),))
        if self._from_another_site(request):
            self.foreign += 1
            return sentence(403, "Another site may not read this house.")
        if request.path in OPEN_PATHS or not self._token:
            return None
        return self._check_token(request, net_ms)

    def knows(self, host: str) -> bool:
        """Is this a name of ours? Never asks a name server."""
        if host in _LOCAL_NAMES or (host and host == self._listen):
            return True
        if self._listen not in _ANY:
            return False
        try:
            ip_address(host)
        except ValueError:
            return False
        return True

    @staticmethod
    def _from_another_site(request: Request) -> bool:
        """A page of another site asks in the background; a link that a person follows is fine."""
        site = request.header("sec-fetch-site")
        return site in ("cross-site", "same-site") and request.header("sec-fetch-mode") != "navigate"

    # ---------------------------------------------------------------------------------------- token

    def _check_token(self, request: Request, net_ms: int) -> Reply | None:
        left_ms = self._held_off(request.peer, net_ms)
        if left_ms:
            wait = (("retry-after", str(-(-left_ms // 1000))),)
            return sentence(429, "Too many wrong tokens from this address; wait a minute.", wait)
        offered = parse_qs(request.query).get("token", [""])[0] if request.path == "/" else ""
        if offered:
            return self._welcome() if self._same(offered, self._token) else self._wrong(request, net_ms)
        scheme, _, bearer = request.header("authorization").partition(" ")
        if scheme.lower() == "bearer" and bearer:
            return None if self._same(bearer.strip(), self._token) else self._wrong(request, net_ms)
        cookie = _cookie(request.header("cookie"))
        if cookie:
            return None if self._same(cookie, self._mark) else self._wrong(request, net_ms)
        return self._ask()

    @staticmethod
    def _same(offered: str, secret: bytes) -> bool:
        return hmac.compare_digest(offered.encode("utf-8", "replace"), secret)

    def _welcome(self) -> Reply:
        """Keep the token out of the address bar: a cookie, and on to the page."""
        life = f"Max-Age={COOKIE_DAYS * 86_400}; Path=/; HttpOnly; SameSite=Strict"
        mark = self._mark.decode()
        return sentence(303, "Welcome.", (("set-cookie", f"{COOKIE}={mark}; {life}"), ("location", "/")))

    @staticmethod
    def _ask() -> Reply:
        words = (
            "This page needs its token: open /?token=... once in a browser, or send it as "
            "'Authorization: Bearer ...'. If you have just followed such a link, load the page again."
        )
        return sentence(401, words, (("www-authenticate", "Bearer"),))

    def _wrong(self, request: Request, net_ms: int) -> Reply:
        self.token_failures += 1
        count, since = self._failures.pop(request.peer, (0, net_ms))
        if net_ms - since >= WINDOW_MS:
            count, since = 0, net_ms
        while len(self._failures) >= MAX_PEERS:
            self._failures.pop(next(iter(self._failures)))
        self._failures[request.peer] = count + 1, since
        # A cookie of an older token must not keep failing by itself: it is taken away.
        forget = (("set-cookie", f"{COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"),)
        return sentence(401, "That is not the token of this page.", forget)

    def _held_off(self, peer: str, net_ms: int) -> int:
        """Milliseconds this address still has to wait, 0 when it may try."""
        count, since = self._failures.get(peer, (0, net_ms))
        return max(0, since + WINDOW_MS - net_ms) if count >= FAILURES else 0


def _cookie(header: str) -> str:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""
