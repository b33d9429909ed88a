"""Reads what a person must know of an X.509 certificate: whose it is, who issued it, from when until when.

Nothing is verified here; TLS itself does that at every handshake. Source: RFC 5280, section 4.1; DER as in
X.690. Whatever does not read as a certificate raises `NoCertificate`, with a sentence.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

MAX_FILE_BYTES = 1_000_000
MAX_CERTIFICATES = 500
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"

_SEQUENCE, _OID, _OCTETS, _UTC_TIME, _LONG_TIME, _EXTENSIONS = 0x30, 0x06, 0x04, 0x17, 0x18, 0xA3
_VERSION, _KEY_ID, _DNS_NAME = 0xA0, 0x80, 0x82
_COMMON_NAME = bytes((0x55, 4, 3))
_SUBJECT_KEY, _AUTHORITY_KEY, _OTHER_NAMES = (bytes((0x55, 29, last)) for last in (14, 35, 17))


class NoCertificate(ValueError):
    """The file holds none; the message says why."""


class Certificate(Struct, frozen=True):
    """One certificate. Times in UTC seconds; `subject` and `issuer` are names for people."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    """DNS names it is good for."""
    since_s: int
    until_s: int
    subject_der: bytes
    issuer_der: bytes
    key_id: bytes
    issuer_key_id: bytes

    @property
    def is_own_issuer(self) -> bool:
        """Self-signed, as every root is."""
        return self.subject_der == self.issuer_der

    def is_from(self, authority: Certificate) -> bool:
        """Does it say that `authority` has issued it? By name, and by key where both name one."""
        same_key = not self.issuer_key_id or not authority.key_id or self.issuer_key_id == authority.key_id
        return self.issuer_der == authority.subject_der and same_key


def read_certificates(text: str) -> list[Certificate]:
    """Every certificate of a PEM file, in order; at least one."""
    found: list[Certificate] = []
    for part in text.split(BEGIN)[1 : MAX_CERTIFICATES + 1]:
        body, end, _ = part.partition(END)
        if not end:
            raise NoCertificate("a certificate in it is cut short")
        try:
            found.append(_read(ssl.PEM_cert_to_DER_cert(f"{BEGIN}{body}{END}\n")))
        except (ValueError, IndexError, OverflowError) as error:
            raise NoCertificate("a certificate in it is damaged") from error
    if not found:
        raise NoCertificate("there is no certificate in it (PEM)")
    return found


# ------------------------------------------------------------------------------------------ DER


def _item(data: bytes, at: int) -> tuple[int, bytes, int]:
    """(tag, content, place behind it) of the value at `at`."""
    tag, size = data[at], data[at + 1]
    at += 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            raise ValueError("a length that cannot be")
        size = int.from_bytes(data[at : at + count], "big")
        at += count
    if at + size > len(data):
        raise ValueError("cut short")
    return tag, data[at : at + size], at + size


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        tag, content, at = _item(data, at)
        yield tag, content


def _inside(data: bytes, wanted: int) -> bytes:
    tag, content, _ = _item(data, 0)
    if tag != wanted:
        raise ValueError(f"a tag {tag:#x} instead of {wanted:#x}")
    return content


def _read(der: bytes) -> Certificate:
    parts = list(_items(_inside(_inside(der, _SEQUENCE), _SEQUENCE)))
    if parts[0][0] == _VERSION:
        del parts[0]
    _, _, (_, issuer), (_, validity), (_, subject) = parts[:5]
    since, until = (_time(tag, content) for tag, content in _items(validity))
    extensions = next((_extensions(content) for tag, content in parts[5:] if tag == _EXTENSIONS), {})
    key_id = extensions.get(_SUBJECT_KEY)
    return Certificate(
        subject=_name(subject),
        issuer=_name(issuer),
        names=tuple(_dns_names(extensions.get(_OTHER_NAMES))),
        since_s=since,
        until_s=until,
        subject_der=subject,
        issuer_der=issuer,
        key_id=_inside(key_id, _OCTETS) if key_id else b"",
        issuer_key_id=_authority_key(extensions.get(_AUTHORITY_KEY)),
    )


def _time(tag: int, content: bytes) -> int:
    text = content.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    elif tag != _LONG_TIME:
        raise ValueError("no time")
    return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp())


def _name(name: bytes) -> str:
    """The common name, else whatever stands last."""
    last = "nobody"
    for _, group in _items(name):
        for _, pair in _items(group):
            (_, oid), (_, value) = list(_items(pair))[:2]
            last = value.decode("utf-8", "replace")
            if oid == _COMMON_NAME:
                return last
    return last


def _extensions(content: bytes) -> dict[bytes, bytes]:
    """Object id -> what the extension holds."""
    found = {}
    for _, extension in _items(_inside(content, _SEQUENCE)):
        parts = list(_items(extension))
        if parts[0][0] == _OID and parts[-1][0] == _OCTETS:
            found[parts[0][1]] = parts[-1][1]
    return found


def _authority_key(extension: bytes | None) -> bytes:
    if extension is None:
        return b""
    return next((content for tag, content in _items(_inside(extension, _SEQUENCE)) if tag == _KEY_ID), b"")


def _dns_names(extension: bytes | None) -> Iterator[str]:
    if extension is not None:
        for tag, content in _items(_inside(extension, _SEQUENCE)):
            if tag == _DNS_NAME:
                yield content.decode("ascii", "replace")
