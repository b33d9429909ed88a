"""`simulate` with input that cannot be: a sentence and exit 78 before anything runs, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import scada


@pytest.fixture
def weather(tmp_path: Path) -> str:
    """A day and a half of weather, from 21 January 2020 05:00 UTC (midnight in Maine)."""
    path = tmp_path / "weather.csv"
    rows = [f"2020-01-{21 + hour // 24}T{hour % 24:02d}:00:00Z,20" for hour in range(5, 41)]
    path.write_text("\n".join(["utc,oat_f", *rows]) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--days", "inf"), "--days: inf days are more than a century (36525).\n"),
        (("--days", "nan"), "--days: nan is not a positive number of days.\n"),
        (("--tick", "nan"), "--tick: nan s is not between 0.02 and 60.\n"),
        (
            ("--start", "9999-12-31T23:00"),
            "--start: '9999-12-31T23:00' is not a date and time such as 2026-01-27T00:00 of the years "
            "1971 to 2900.\n",
        ),
    ],
)
def test_numbers_that_cannot_be(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scada.main(["simulate", *arguments]) == 78
    assert capsys.readouterr() == ("", sentence)


def test_a_run_past_the_end_of_its_weather_is_refused_and_told_how_far_it_may_go(
    weather: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from_to = "the weather file goes from 2020-01-21T05:00:00Z to 2020-01-22T17:00:00Z"
    assert scada.main(["simulate", "--weather", weather, "--days", "2"]) == 78
    assert capsys.readouterr().err == f"--days: 2 days are too many, since {from_to}; 1.5 at most.\n"
    assert scada.main(["simulate", "--weather", weather, "--start", "2020-01-20T00:00"]) == 78
    begin = "--start: the run would begin at 2020-01-20T05:00:00Z"
    assert capsys.readouterr().err == f"{begin}, but {from_to}.\n"


def test_a_whole_file_runs_to_its_end(weather: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scada.main(["simulate", "--weather", weather, "--tick", "60", "--json"]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out)["days"], err) == (1.5, "")


def test_prices_of_a_part_of_the_run_are_told_before_it_and_after_it(
    weather: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        "utc,dist,lmp\n2020-01-21T05:00:00Z,50,20\n2020-01-21T07:00:00Z,50,20\n", encoding="utf-8"
    )
    words = ["simulate", "--weather", weather, "--prices", str(path), "--days", "0.5", "--tick", "60"]
    assert scada.main(words) == 0
    out, err = capsys.readouterr()
    assert err == (
        "--prices: the price file goes from 2020-01-21T05:00:00Z to 2020-01-21T08:00:00Z; what is used "
        "outside that time is not in cost_usd.\n"
        f"{path} column 'dist', 'lmp': 1 hour(s) are missing in 1 place(s), the first is "
        "2020-01-21T06:00:00Z, 1 h, before line 3; what is used then is not in cost_usd.\n"
    )
    assert "of which the price file says nothing: cost_usd is too low" in out


def test_a_hole_in_the_weather_is_told_before_the_run(
    weather: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Path(weather).read_text(encoding="utf-8").splitlines()
    Path(weather).write_text("\n".join(lines[:3] + lines[6:]) + "\n", encoding="utf-8")
    assert scada.main(["simulate", "--weather", weather, "--days", "0.1", "--json"]) == 0
    assert "3 hour(s) are missing in 1 place(s)" in capsys.readouterr().err
