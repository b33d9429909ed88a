"""Weather and price files: what cannot be believed is named by file, line and column; holes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw.twin.prices import CsvPrices
from hw.weather import CsvWeather
from layouts.settings import Settings

GOOD = "2020-01-21T{hour:02d}:00:00Z,{rest}"


def made(tmp_path: Path, head: str, *cells: str, first: int = 0) -> str:
    path = tmp_path / "hours.csv"
    rows = [GOOD.format(hour=first + n, rest=rest) for n, rest in enumerate(cells)]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("nan", "'nan' is not an outdoor temperature in °F."),
        ("inf", "'inf' is not an outdoor temperature in °F."),
        ("1e999", "'1e999' is not an outdoor temperature in °F."),
        ("-999", "-999 is not an outdoor temperature from -80 to 130 °F."),
        ("131", "131 is not an outdoor temperature from -80 to 130 °F."),
    ],
)
def test_a_temperature_that_cannot_be_is_named_by_its_place(tmp_path: Path, cell: str, words: str) -> None:
    path = made(tmp_path, "utc,oat_f", "12", "130", "-80", cell)
    with pytest.raises(ValueError) as refused:  # noqa: PT011  the whole sentence is compared
        CsvWeather(path)
    assert str(refused.value) == f"{path} line 5, column 'oat_f': {words}"


@pytest.mark.parametrize("cell", ["-1", "300", "nan", "calm"])
def test_a_wind_that_cannot_be_is_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(ValueError, match="line 2, column 'wind_mph'"):
        CsvWeather(made(tmp_path, "utc,oat_f,wind_mph", f"12,{cell}"))


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("inf,20,0", "dist"),
        ("50,nan,0", "lmp"),
        ("50,60000,0", "lmp"),
        ("-20000,20,0", "dist"),
        ("50,20,x", "onpeak"),
        ("50,20,2", "onpeak"),
    ],
)
def test_a_price_that_cannot_be_is_refused(tmp_path: Path, cells: str, column: str) -> None:
    path = made(tmp_path, "utc,dist,lmp,onpeak", "50,-20,1", cells)
    with pytest.raises(ValueError, match=f"line 3, column '{column}': "):
        CsvPrices(path, Settings())


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "binary.csv"
    path.write_bytes(b"utc,oat_f\n\x80\x81\xff")
    for what, read in (
        ("weather", lambda: CsvWeather(str(path))),
        ("price", lambda: CsvPrices(str(path), Settings())),
    ):
        with pytest.raises(ValueError, match=f"binary.csv: the {what} file is not text"):
            read()


def test_a_mark_of_byte_order_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(b"\xef\xbb\xbfutc,oat_f\n2020-01-21T10:00:00Z,12\n")
    assert CsvWeather(str(path)).holes == ""


def test_holes_are_counted_and_the_first_is_placed(tmp_path: Path) -> None:
    path = made(tmp_path, "utc,oat_f", "12", "", "", "12", "12", "", "12")
    assert CsvWeather(path).holes == (
        f"{path} column 'oat_f': 3 hour(s) are missing in 2 place(s), the first is 2020-01-21T01:00:00Z, "
        "2 h, before line 5; the hour before each stays."
    )
    path = made(tmp_path, "utc,dist,lmp", "50,20", "50,", "50,20")
    assert "1 hour(s) are missing in 1 place(s)" in CsvPrices(path, Settings()).holes
    assert CsvWeather(made(tmp_path, "utc,oat_f", "", "12", "12", "")).holes == ""
