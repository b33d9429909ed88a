"""The `certs` command: files of every TLS link judged, and a handshake with every broker, in words.

A process of its own, so it may wait. Nothing is sent to a broker after the handshake, no secret is shown.
"""

from __future__ import annotations

import argparse
import os
import socket
import ssl
import sys
from collections.abc import Iterator
from typing import TextIO

from msgspec import Struct

from hw.clock import RealClock
from hw.tls import tls_context, tls_words
from layouts.certificates import Judgement, cure, day, judge
from layouts.config import load_settings
from layouts.credentials import with_credentials
from layouts.settings import Peer, Settings

EXIT_CONFIG = 78
TIMEOUT_S = 5.0
ANSWER_S = 1.0
"""So long a broker is given to turn our certificate away: with TLS 1.3 it does so after the handshake."""


class Handshake(Struct, frozen=True):
    """What a handshake showed: a sentence, and whether something is wrong or only not there."""

    words: str
    wrong: bool = False


def certs(args: argparse.Namespace) -> int:
    """The command; raises `SettingsMistakes`. 78 when something is wrong, each with a sentence on stderr."""
    settings = with_credentials(load_settings(args.config), os.environ)
    now_s = RealClock().now().wall_ms // 1000
    found = judge(settings, now_s)
    wrong = [sentence for one in found for sentence in one.wrong]
    for one in found:
        peer: Peer = getattr(settings, one.table)
        if not args.offline:
            met = meet(one, peer)
            one.shown.append(("broker", met.words))
            wrong += [f"{settings.file} [{one.table}]: {met.words}"] if met.wrong else []
    _print(sys.stdout, as_text(settings, found))
    for sentence in [*wrong, *(sentence for one in found for sentence in one.soon)]:
        _print(sys.stderr, sentence)
    return EXIT_CONFIG if wrong else 0


def _print(where: TextIO, text: str) -> None:
    """What stands in a certificate must not steer the terminal."""
    clean = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    where.write(clean + "\n")


def as_text(settings: Settings, found: list[Judgement]) -> str:
    """Link by link for a terminal."""
    blocks = []
    for one in found:
        peer: Peer = getattr(settings, one.table)
        rows = [f"[{one.table}] {one.link}: {peer.host}:{peer.port or 8883} over TLS"]
        blocks.append("\n".join([*rows, *(f"  {word:<12} {words}" for word, words in one.shown)]))
    clear = ", ".join(_clear(settings))
    if clear:
        blocks.append(f"In the clear, on this computer only: {clear}.")
    return "\n\n".join(blocks) if blocks else "No broker is spoken to, so no certificate is needed."


def _clear(settings: Settings) -> Iterator[str]:
    for table in ("upstream", "admin", "local"):
        peer: Peer = getattr(settings, table)
        if peer.enabled and not peer.tls:
            yield f"[{table}] {peer.host}:{peer.port or 1883}"


def meet(one: Judgement, peer: Peer) -> Handshake:
    """Shake hands with the broker as the program would, and hang up."""
    place = f"{peer.host}:{peer.port or 8883}"
    if one.wrong:
        return Handshake(f"{place} is not asked before that is right")
    try:
        context = tls_context(peer.ca_file, peer.cert_file, peer.key_file)
        with socket.create_connection((peer.host, peer.port or 8883), TIMEOUT_S) as bare:
            return _shake(context, bare, peer.host, place, one.link)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return Handshake(f"{place} cannot be reached now ({why}), so its certificate is not checked")


def _shake(context: ssl.SSLContext, bare: socket.socket, host: str, place: str, link: str) -> Handshake:
    try:
        with context.wrap_socket(bare, server_hostname=host) as safe:
            theirs = safe.getpeercert() or {}
            safe.settimeout(ANSWER_S)
            try:
                if safe.recv(1) == b"":
                    return Handshake(f"{place}: hangs up after the handshake")
            except TimeoutError:
                pass  # it waits for us to speak, as a broker does
            until = day(int(ssl.cert_time_to_seconds(str(theirs["notAfter"]))))
            return Handshake(f"{place} is who it says, until {until}; it takes our certificate")
    except TimeoutError:
        return Handshake(f"{place}: the handshake does not end within {TIMEOUT_S:g} s")
    except ssl.SSLError as error:
        return Handshake(f"{tls_words(error, place)} {_advice(error, host, link)}", wrong=True)


def _advice(error: ssl.SSLError, host: str, link: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The broker needs a certificate for {host} of our authority: gwcert key add --dns {host}"
    return cure(link)
