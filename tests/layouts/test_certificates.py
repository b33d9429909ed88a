"""Certificates: read as an independent library reads them, judged in words, found where gwcert puts them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from msgspec.structs import replace

from layouts.certificates import FOLDER, LINKS, ends, judge, usual
from layouts.credentials import with_credentials
from layouts.dry_run import dry_run
from layouts.settings import Peer, Settings
from layouts.x509 import NoCertificate, read_certificates

NOW = datetime(2026, 2, 1, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


class Files:
    """Certificate files of the upstream link in the usual place below a home."""

    def __init__(self, home: Path, link: str = "gridworks_mqtt") -> None:
        self.home, self.link = home, link
        self.folder = home / FOLDER / link
        (self.folder / "private").mkdir(parents=True)
        self.ca = trustme.CA()
        self.ca.cert_pem.write_to_path(self.folder / "ca.crt")
        self.cert, self.key = self.folder / f"{link}.crt", self.folder / "private" / f"{link}.pem"
        self.issue(days=300)

    def issue(self, days: float, since_days: float = -1, ca: trustme.CA | None = None) -> None:
        since, until = NOW + timedelta(days=since_days), NOW + timedelta(days=days)
        leaf = (ca or self.ca).issue_cert("scada.oak", not_before=since, not_after=until)
        leaf.cert_chain_pems[0].write_to_path(self.cert)
        self.write_key(leaf.private_key_pem.bytes())

    def write_key(self, data: bytes) -> None:
        self.key.write_bytes(data)
        self.key.chmod(0o600)

    def settings(self) -> Settings:
        table = {link: table for table, link in LINKS.items()}[self.link]
        base: Any = replace(Settings(), file="config.toml", upstream=Peer(enabled=False))
        return usual(replace(base, **{table: Peer(host="broker.example.org")}), str(self.home))

    def wrong(self) -> list[str]:
        (found,) = judge(self.settings(), NOW_S)
        return found.wrong


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.mark.parametrize("link", LINKS.values())
def test_what_gwcert_made_works_without_a_setting(tmp_path: Path, link: str) -> None:
    made = Files(tmp_path, link)
    assert made.wrong() == []
    (found,) = judge(made.settings(), NOW_S)
    assert (found.link, found.soon) == (link, [])
    shown = dict(found.shown)["certificate"]
    assert shown.startswith(f"{made.cert}: ")
    assert " for scada.oak, issued by " in shown
    assert shown.endswith(f", until {NOW + timedelta(days=300):%Y-%m-%d}")
    assert "fits" in dict(found.shown)["key"]
    assert ends(made.settings()) == {link: NOW_S + 300 * 86_400}


def test_what_the_settings_name_goes_before_the_usual_place(files: Files) -> None:
    named = replace(Settings(), upstream=Peer(ca_file="/x/ca", cert_file="/x/c", key_file="/x/k"))
    assert usual(named, str(files.home)) == named
    for off in (Peer(tls=False), Peer(enabled=False)):
        assert usual(replace(Settings(), upstream=off), str(files.home)).upstream == off
    assert usual(named, "") is named


def test_a_key_that_only_systemd_can_read_is_taken_from_it(files: Files, tmp_path: Path) -> None:
    handed = tmp_path / "credentials"
    handed.mkdir()
    (handed / "upstream.key_file").write_bytes(files.key.read_bytes())
    files.key.unlink()
    base = replace(Settings(), upstream=Peer())
    found = with_credentials(base, {"HOME": str(files.home), "CREDENTIALS_DIRECTORY": str(handed)}).upstream
    assert (found.cert_file, found.key_file) == (str(files.cert), str(handed / "upstream.key_file"))


def test_an_end_is_spoken_of_for_a_month(files: Files) -> None:
    for days, wrong, soon in ((31, 0, 0), (29.5, 0, 1), (0.5, 0, 1), (-0.5, 1, 0)):
        files.issue(days, since_days=-90)
        (found,) = judge(files.settings(), NOW_S)
        assert (len(found.wrong), len(found.soon)) == (wrong, soon), days
    cure = "Make new ones where the authority is (gwcert key add gridworks_mqtt)"
    assert f"has ended on 2026-01-31. {cure}" in found.wrong[0]
    assert judge(files.settings(), None)[0].wrong == [], "without a clock no date is judged"


def test_a_certificate_of_the_future_is_named(files: Files) -> None:
    files.issue(300, since_days=2)
    assert files.wrong() == [
        f"config.toml [upstream] cert_file: {files.cert}: is good from 2026-02-03 only. "
        "Is the clock of this computer right?"
    ]


def test_a_certificate_of_another_authority_is_named(files: Files) -> None:
    files.issue(300, ca=trustme.CA(organization_name="others"))
    (words,) = files.wrong()
    assert f"not by an authority of {files.folder / 'ca.crt'}. Make new ones" in words


def test_an_authority_made_anew_under_the_same_name_is_told_by_its_key(files: Files) -> None:
    files.issue(300, ca=trustme.CA(organization_name=None))
    before = trustme.CA(organization_name="same", organization_unit_name="unit")
    again = trustme.CA(organization_name="same", organization_unit_name="unit")
    before.cert_pem.write_to_path(files.folder / "ca.crt")
    files.issue(300, ca=before)
    assert files.wrong() == []
    files.issue(300, ca=again)
    assert len(files.wrong()) == 1


def test_a_chain_over_an_intermediate_authority_is_followed(files: Files) -> None:
    middle = files.ca.create_child_ca()
    leaf = middle.issue_cert("scada.oak", not_before=NOW, not_after=NOW + timedelta(days=90))
    pems = [pem.bytes() for pem in leaf.cert_chain_pems]
    files.cert.write_bytes(b"".join(pems))
    files.write_key(leaf.private_key_pem.bytes())
    assert files.wrong() == []
    files.cert.write_bytes(pems[0])
    assert len(files.wrong()) == 1


def test_a_key_of_others_eyes_or_of_another_certificate_is_named(files: Files) -> None:
    files.key.chmod(0o640)
    assert files.wrong() == [
        f"config.toml [upstream] key_file: {files.key}: others than its owner may use it (mode 0640); "
        f"run: chmod 600 {files.key}"
    ]
    files.write_key(trustme.CA().issue_cert("x").private_key_pem.bytes())
    (words,) = files.wrong()
    assert words.endswith(f"is not the key of {files.cert}.")
    locked = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
    )
    for data in (b"no key at all\n", locked):
        files.write_key(data)
        (words,) = files.wrong()
        assert words.endswith("is no key, or is locked with a password (this program needs one without).")
    files.key.unlink()
    assert files.wrong() == [f"config.toml [upstream] key_file: {files.key}: there is no such file."]


def test_files_that_hold_no_certificate_are_named(files: Files) -> None:
    settings = files.settings()
    files.cert.write_text("hello\n")
    (files.folder / "ca.crt").unlink()
    (found,) = judge(settings, NOW_S)
    assert found.wrong == [
        f"config.toml [upstream] ca_file: {files.folder / 'ca.crt'}: there is no such file.",
        f"config.toml [upstream] cert_file: {files.cert}: there is no certificate in it (PEM).",
    ]


def test_check_judges_the_same_and_says_each_thing_once(files: Files, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[upstream]\nhost = "broker.example.org"\ntls = true\n', encoding="utf-8")
    text, wrong = dry_run(str(config), NOW_S * 1000, {"HOME": str(files.home)})
    assert "TLS with client certificate" in text
    assert wrong == []
    files.issue(-1, since_days=-90)
    files.key.unlink()
    _, wrong = dry_run(str(config), NOW_S * 1000, {"HOME": str(files.home)})
    assert len(wrong) == 2
    assert "there is no such file" in wrong[0]
    assert "has ended on" in wrong[1]


# ------------------------------------------------------------------------------------------ reading


def test_a_certificate_reads_as_an_independent_library_reads_it() -> None:
    ca = trustme.CA()
    for blob in (ca.cert_pem, ca.issue_cert("a.example", "b.example").cert_chain_pems[0]):
        (ours,) = read_certificates(blob.bytes().decode())
        theirs = x509.load_pem_x509_certificate(blob.bytes())
        assert ours.since_s == int(theirs.not_valid_before_utc.timestamp())
        assert ours.until_s == int(theirs.not_valid_after_utc.timestamp())
        assert theirs.subject.public_bytes().endswith(ours.subject_der)
        assert theirs.issuer.public_bytes().endswith(ours.issuer_der)
        keys = theirs.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        assert ours.key_id == keys.digest
    assert ours.names == ("a.example", "b.example")


def test_a_certificate_with_scribbles_in_it_never_breaks_the_reader() -> None:
    pem = trustme.CA().issue_cert("a.example").cert_chain_pems[0].bytes().decode()
    dice, refused = random.Random(4), 0
    for _ in range(3000):
        text = list(pem)
        for _ in range(dice.randrange(1, 4)):
            text[dice.randrange(len(text))] = chr(dice.randrange(32, 127))
        del text[dice.randrange(len(text)) : dice.choice((0, 0, len(text)))]
        try:
            read_certificates("".join(text))
        except NoCertificate:
            refused += 1
    assert refused > 1000
