"""What this computer lacks (bus, right to it, package, serial line) is one sentence and exit code 78."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

import scada as program
from hw.serial_port import SerialPort
from layouts.bus_files import i2c_missing, serial_missing
from layouts.load import load_house
from layouts.settings import Settings
from tests.annex import annex
from tests.commissioning.desk import command
from tests.layouts.devices import load, with_serial_meter

ROOT = Path(program.__file__).parent
REAL = (
    '[site]\nlayout = "beech"\n[hardware]\nbus = "real"\ni2c_number = 19\n[page]\nport = 0\n'
    '[devices]\nport = 0\n[weather]\nsource = "coldest-of-month"\n'
)
SENTENCE = "/dev/i2c-19 is missing: switch I2C on (sudo raspi-config nonint do_i2c 0"


def real() -> Settings:
    settings = Settings()
    return replace(settings, hardware=replace(settings.hardware, bus="real", i2c_number=19))


@pytest.mark.parametrize(
    "words", [("scan",), ("read", "hp-lwt"), ("walk", "--yes"), ("calibrate", "buffer", "--yes")]
)
def test_without_the_bus_every_command_ends_with_one_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, said, wrong = command(tmp_path, *words, config=REAL)
    assert (code, said) == (78, "")
    assert wrong.startswith(SENTENCE)
    assert wrong.count("\n") == 1


def test_without_the_bus_check_says_the_same_and_run_leaves_it_to_the_fault_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run goes on, for the page, the ATN and the sensors on Wi-Fi (see the run on real buses)."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(REAL, encoding="utf-8")
    assert program.main(["check"]) == 78
    said = capsys.readouterr().err
    assert said.startswith(SENTENCE)
    assert said.count("\n") == 1
    assert not Path("var").exists()


def test_another_bus_that_is_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "i2c-1").touch()
    (sentence,) = i2c_missing(load_house("orange"), real(), str(tmp_path))
    assert "i2c_number (1 there)" in sentence


def test_a_bus_without_the_right_to_it_says_which_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "i2c-19").touch()
    assert list(i2c_missing(load_house("orange"), real(), str(tmp_path))) == []
    monkeypatch.setattr(os, "access", lambda *_: False)
    (sentence,) = i2c_missing(load_house("orange"), real(), str(tmp_path))
    assert sentence.endswith(
        "i2c-19 may not be opened: put this user into the group i2c (sudo usermod -aG i2c $USER) and log in "
        "anew."
    )


def test_a_second_computer_without_boards_needs_no_bus(tmp_path: Path) -> None:
    house, settings = annex(), real()
    second = replace(settings, site=replace(settings.site, role="secondary"))
    lone = replace(house, pipes=replace(house.pipes, thermistors=()))
    assert list(i2c_missing(lone, second, str(tmp_path))) == []
    assert list(i2c_missing(lone, settings, str(tmp_path))) != []


def test_a_serial_line_that_is_not_there_is_told_by_check_and_keeps_nothing_from_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = load(with_serial_meter(), tmp_path)
    (sentence,) = serial_missing(house, real())
    assert "is missing: plug the serial converter in, or correct" in sentence
    assert "[meter] serial_port." in sentence
    line = tmp_path / "ttyUSB0"
    line.touch()
    house = replace(house, meter=replace(house.meter, serial_port=str(line)))
    assert list(serial_missing(house, real())) == []
    monkeypatch.setattr(os, "access", lambda *_: False)
    (sentence,) = serial_missing(house, real())
    assert "group dialout (sudo usermod -aG dialout $USER) and log in anew." in sentence
    assert list(serial_missing(load_house("orange"), real())) == []


def test_a_serial_line_that_cannot_be_opened_is_a_sentence_of_the_port(tmp_path: Path) -> None:
    port = SerialPort(str(tmp_path / "ttyUSB7"), 19_200, "even")
    assert port.stream(0) is None
    assert "ttyUSB7 is missing: plug the serial converter in, or correct [meter] serial_port." in port.words


@pytest.mark.parametrize("package", ["pymodbus", "msgspec", "paho", "smbus2", "serial", "tomli"])
@pytest.mark.parametrize("words", [["hw", "scan"], ["run"], []])
def test_a_package_that_is_not_installed_is_a_sentence(
    tmp_path: Path, package: str, words: list[str]
) -> None:
    """The package is hidden from the import system before the program begins."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, importlib.util as util\n"
        "find = util.find_spec\n"
        f"util.find_spec = lambda name, *more: None if name == {package!r} else find(name, *more)\n"
        f"sys.modules[{package!r}] = None\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(ROOT / "scada.py"), *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 78
    assert done.stderr == (
        f"The Python package {package} is not installed here: run  make install  in {ROOT}, and start with "
        f"{ROOT}/.venv/bin/python scada.py.\n"
    )
