"""Secret files are refused when others can read them; every file the settings name is looked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from layouts.config import load_settings
from layouts.named_files import check_named_files, check_secret_file


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("hunter2\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_the_owner_alone_is_fine(secret: Path, mode: int) -> None:
    secret.chmod(mode)
    assert check_secret_file(secret) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620, 0o610, 0o777])
def test_a_file_others_may_use_is_refused_and_the_cure_named(secret: Path, mode: int) -> None:
    secret.chmod(mode)
    assert check_secret_file(secret) == (
        f"{secret}: others than its owner may use it (mode {mode:04o}); run: chmod 600 {secret}"
    )


def test_the_file_behind_a_link_counts(secret: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(secret)
    assert check_secret_file(link) is None
    secret.chmod(0o644)
    assert "mode 0644" in (check_secret_file(link) or "")


def test_a_missing_an_empty_a_huge_one_a_folder_and_a_pipe_are_refused(secret: Path, tmp_path: Path) -> None:
    assert check_secret_file(tmp_path / "none") == f"{tmp_path / 'none'}: there is no such file."
    assert check_secret_file(tmp_path) == f"{tmp_path}: is not a regular file."
    secret.write_text("")
    assert check_secret_file(secret) == f"{secret}: is empty."
    secret.write_bytes(b"x" * 65_537)
    assert check_secret_file(secret) == f"{secret}: is too large for a secret."
    secret.write_bytes(b"x" * 65_536)
    assert check_secret_file(secret) is None
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert check_secret_file(tmp_path / "pipe") == f"{tmp_path / 'pipe'}: is not a regular file."
    assert check_secret_file("a\0b") == "a\0b: cannot be looked at: embedded null byte."


def test_no_sentence_ever_holds_the_secret(secret: Path) -> None:
    secret.chmod(0o644)
    assert "hunter2" not in (check_secret_file(secret) or "")


def settings_text(extra: str = "") -> str:
    return (
        '[upstream]\nenabled = true\nusername = "scada"\npassword_file = "password"\nca_file = "ca.crt"\n'
        '[admin]\nenabled = false\nusername = "x"\npassword_file = "nowhere"\n' + extra
    )


def test_every_file_that_is_named_and_needed_is_looked_for(secret: Path, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(settings_text('[twin]\nweather_csv = "winter.csv"\n'))
    secret.chmod(0o644)
    assert check_named_files(load_settings(file)) == (
        f"{file} [upstream] password_file: {secret}: others than its owner may use it (mode 0644); "
        f"run: chmod 600 {secret}",
        f"{file} [upstream] ca_file: {tmp_path / 'ca.crt'}: there is no such file.",
        f"{file} [twin] weather_csv: {tmp_path / 'winter.csv'}: there is no such file.",
    )


def test_what_is_switched_off_needs_no_files(secret: Path, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    real = (
        '[hardware]\nbus = "real"\n[weather]\nsource = "coldest-of-month"\n[twin]\nweather_csv = "no.csv"\n'
    )
    file.write_text(settings_text(real))
    (tmp_path / "ca.crt").write_text("certificate")
    assert check_named_files(load_settings(file)) == ()


def test_the_shipped_settings_name_no_file_that_is_missing() -> None:
    config = Path(__file__).resolve().parents[2] / "config.toml"
    assert check_named_files(load_settings(config)) == ()
