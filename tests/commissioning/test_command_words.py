"""What a command has no use for is refused in one sentence with the nearest right thing; nothing is done."""

from __future__ import annotations

import shlex
from contextlib import nullcontext

import pytest

import scada as program
from layouts.command_line import OPTIONS, parse
from layouts.command_words import NO_SETTINGS, USES


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("lajout show", "there is no command 'lajout'. Did you mean layout?"),
        ("xyz", "there is no command 'xyz'. There are: run, check, demo, layout,"),
        ("--config x.toml", "a command comes first, then --config: run, check, hw ... (--help lists them)."),
        ("hw", "hw does one of: scan, read, walk, calibrate; say which."),
        ("hw scam", "there is no 'hw scam'. Did you mean scan?"),
        (
            "hw scan xx",
            "hw scan takes no name, and 'xx' is one too many; hw read, hw walk and hw calibrate do.",
        ),
        ("hw read a b", "hw read takes one name, and 'b' is one too many."),
        ("hw read hp-lwt --listen 5", "hw read does not use --listen; hw scan does."),
        ("hw scan --yes", "hw scan does not use --yes; hw walk and hw calibrate do."),
        ("hw walk --seconds=9", "hw walk does not use --seconds; hw calibrate does."),
        ("hw scan --lsten 5", "hw has no option --lsten. Did you mean --listen?"),
        ("hw scan --list 5", "hw has no option --list. Did you mean --listen?"),
        ("hw scan --listen soon", "argument --listen: invalid float value: 'soon'."),
        (
            "layout show a b",
            "layout show takes one name, and 'b' is one too many; layout import and layout ex",
        ),
        ("layout show --yes", "layout show does not use --yes; layout new does."),
        ("layout show orange --config c.toml", "--config has no effect here: a house that is named needs no"),
        ("layout import a b --zones 2", "layout import does not use --zones; layout new does."),
        ("layout import a b --json", "layout import does not use --json; layout show does."),
        ("service remove --dry-run", "service remove does not use --dry-run; service install does."),
        ("service status now", "service status takes no name, and 'now' is one too many."),
        ("check orange", "check takes no name, and 'orange' is one."),
        ("run --speed 60", "run has no option --speed."),
        ("demo --config c.toml", "demo runs by settings of its own and does not use --config."),
        ("simulate orange", "simulate takes no name, and 'orange' is one."),
        (
            "contracts --contract ab --last 3",
            "--last has no effect here: --contract shows every entry of one",
        ),
    ],
)
def test_what_is_of_no_use_is_refused(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: object) -> int:
        raise AssertionError("the command was begun")

    monkeypatch.setattr(program, "COMMANDS", dict.fromkeys(OPTIONS, never))
    with pytest.raises(SystemExit) as ended:
        program.main(shlex.split(line))
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert sentence in said
    assert said.startswith("scada.py")
    assert said.count("\n") == 1


def test_every_option_is_used_by_some_command_and_every_use_is_an_option() -> None:
    for command, whats in USES.items():
        flags = {flag for flag, _ in OPTIONS[command][1] if flag.startswith("--")} | {"--config"}
        used = {flag for _, some in whats.values() for flag in some}
        assert used == flags, command
        choices = next(how["choices"] for name, how in OPTIONS[command][1] if name == "what")
        assert choices == tuple(whats)
    assert set(OPTIONS) >= NO_SETTINGS


@pytest.mark.parametrize(
    "line", ["hw --help", "hw scan xx -h", "--help", "hw walk relay9 --yes --hold 5", "layout show", "run"]
)
def test_what_is_right_or_asks_for_help_is_not_refused(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    asks = {"-h", "--help"} & set(line.split())
    with pytest.raises(SystemExit, match="0") if asks else nullcontext():
        parse(shlex.split(line))
    assert capsys.readouterr().err == ""
