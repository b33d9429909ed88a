"""The certificates of every broker: where they usually stand, and what is wrong with them, in sentences.

The usual places are those of the reference program, so what `gwcert` made works without a setting:
`~/.config/gridworks/scada/certs/<link>/` with `ca.crt`, `<link>.crt` and `private/<link>.pem`.
"""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from layouts.named_files import check_secret_file
from layouts.settings import Peer, Settings
from layouts.x509 import MAX_FILE_BYTES, Certificate, NoCertificate, read_certificates

LINKS = {"upstream": "gridworks_mqtt", "admin": "admin", "local": "local_mqtt"}
"""Table of the settings -> name of the link, and of its folder."""
FOLDER = ".config/gridworks/scada/certs"
SOON_DAYS = 30
"""So long before its end a certificate is spoken of."""
DAY_S = 86_400


def usual(settings: Settings, home: str, root: str = "") -> Settings:
    """The settings with certificates from their usual place for every broker that names none.

    `root` stands before every path that is looked at, and before none that is named.
    """
    if not home:
        return settings
    for table, link in LINKS.items():
        peer: Peer = getattr(settings, table)
        folder = Path(home) / FOLDER / link
        found = _found(peer, folder, link, root) if peer.enabled and peer.tls else {}
        if found:
            settings = replace(settings, **{table: replace(peer, **found)})
    return settings


def _found(peer: Peer, folder: Path, link: str, root: str) -> dict[str, str]:
    """The key may be where only systemd can read it, so its certificate alone decides."""
    found: dict[str, str] = {}
    if not peer.ca_file and os.path.isfile(f"{root}{folder}/ca.crt"):
        found["ca_file"] = str(folder / "ca.crt")
    if not peer.cert_file and not peer.key_file and os.path.isfile(f"{root}{folder}/{link}.crt"):
        found["cert_file"] = str(folder / f"{link}.crt")
        found["key_file"] = str(folder / "private" / f"{link}.pem")
    return found


class Judgement(Struct):
    """What was found on one broker's certificates: for people, and what is wrong or soon will be."""

    table: str
    link: str
    shown: list[tuple[str, str]] = []
    """Word and what was found, row by row."""
    wrong: list[str] = []
    soon: list[str] = []


def judge(settings: Settings, now_s: int | None) -> list[Judgement]:
    """Every broker that is spoken to over TLS; without `now_s` (UTC s) no date is judged."""
    found = []
    for table, link in LINKS.items():
        peer: Peer = getattr(settings, table)
        if peer.enabled and peer.tls:
            found.append(_Judge(settings.file, table, link, peer, now_s).judged())
    return found


def ends(settings: Settings) -> dict[str, int]:
    """Until when (UTC s) our own certificate of every link is good; what cannot be read is left out."""
    found = {}
    for table, link in LINKS.items():
        peer: Peer = getattr(settings, table)
        if peer.enabled and peer.tls and peer.cert_file:
            certificates, _ = _read(peer.cert_file)
            if certificates:
                found[link] = certificates[0].until_s
    return found


def day(utc_s: int) -> str:
    """The date, UTC."""
    return datetime.fromtimestamp(utc_s, UTC).strftime("%Y-%m-%d")


def cure(link: str) -> str:
    """How to come by good files."""
    return (
        f"Make new ones where the authority is (gwcert key add {link}) and copy ca.crt, {link}.crt and "
        f"private/{link}.pem to ~/{FOLDER}/{link}/ or to the files named in the settings."
    )


def _read(path: str) -> tuple[list[Certificate], str]:
    """The certificates of a file, or why there are none."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return read_certificates(file.read(MAX_FILE_BYTES)), ""
    except FileNotFoundError:
        return [], "there is no such file."
    except (OSError, ValueError) as error:
        if isinstance(error, NoCertificate):
            return [], f"{error}."
        return [], f"cannot be read: {getattr(error, 'strerror', None) or error}."


class _Judge:
    """One broker in progress."""

    def __init__(self, file: str, table: str, link: str, peer: Peer, now_s: int | None) -> None:
        self._file, self._peer, self._now_s = file, peer, now_s
        self._found = Judgement(table, link)

    def judged(self) -> Judgement:
        """Authority, our certificate, its key, and how they go together."""
        peer, shown = self._peer, self._found.shown
        authorities: list[Certificate] = []
        if peer.ca_file:
            authorities = self._certificates("ca_file", peer.ca_file, "authority")
        else:
            shown.append(("authority", "those of the system"))
        if not peer.cert_file:
            shown.append(("certificate", "none of ours: the broker must know us by name and password"))
            return self._found
        ours = self._certificates("cert_file", peer.cert_file, "certificate")
        self._key(bool(ours))
        if ours and authorities:
            self._chain(ours, authorities)
        return self._found

    def _say(self, key: str, path: str, words: str) -> None:
        self._found.wrong.append(f"{self._file} [{self._found.table}] {key}: {path}: {words}")

    def _certificates(self, key: str, path: str, word: str) -> list[Certificate]:
        found, why = _read(path)
        if why:
            self._say(key, path, why)
        for certificate in found[:1]:
            names = f" for {', '.join(certificate.names)}" if certificate.names else ""
            by = "" if certificate.is_own_issuer else f", issued by {certificate.issuer}"
            until = f", until {day(certificate.until_s)}"
            self._found.shown.append((word, f"{path}: {certificate.subject}{names}{by}{until}"))
        for certificate in found if key == "cert_file" else found[:1]:
            self._dates(key, path, certificate)
        return found

    def _dates(self, key: str, path: str, certificate: Certificate) -> None:
        now_s, link = self._now_s, self._found.link
        if now_s is None:
            return
        left = (certificate.until_s - now_s) // DAY_S
        if now_s >= certificate.until_s:
            self._say(key, path, f"has ended on {day(certificate.until_s)}. {cure(link)}")
        elif now_s < certificate.since_s:
            words = "Is the clock of this computer right?"
            self._say(key, path, f"is good from {day(certificate.since_s)} only. {words}")
        elif left <= SOON_DAYS:
            words = f"ends on {day(certificate.until_s)}, in {left} days. {cure(link)}"
            self._found.soon.append(f"{self._file} [{self._found.table}] {key}: {path}: {words}")

    def _key(self, with_certificate: bool) -> None:
        peer = self._peer
        why = check_secret_file(peer.key_file)
        if why:
            self._found.wrong.append(f"{self._file} [{self._found.table}] key_file: {why}")
        elif with_certificate:
            why = _misfit(peer.cert_file, peer.key_file)
            if why:
                self._say("key_file", peer.key_file, why)
            else:
                self._found.shown.append(("key", f"{peer.key_file}: fits, and is its owner's alone"))

    def _chain(self, ours: list[Certificate], authorities: list[Certificate]) -> None:
        """Every certificate of our file must be issued by the next, the last by an authority."""
        last = ours[0]
        for certificate in ours[1:]:
            if last.is_from(certificate):
                last = certificate
        if not any(last.is_from(authority) for authority in authorities):
            words = f"is issued by {last.issuer}, not by an authority of {self._peer.ca_file}"
            self._say("cert_file", self._peer.cert_file, f"{words}. {cure(self._found.link)}")


def _misfit(cert_file: str, key_file: str) -> str:
    """Why certificate and key do not go together; the key is loaded and never shown."""
    context = ssl.create_default_context()
    try:
        context.load_cert_chain(cert_file, key_file, password=lambda: "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return f"is not the key of {cert_file}."
        return "is no key, or is locked with a password (this program needs one without)."
    except OSError as error:
        return f"cannot be read: {error.strerror}."
    return ""
