"""Single values of a TOML file are changed and nothing else, or the editor says that it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.load import FOLDER
from layouts.toml_edit import CannotEdit, edited

CONFIG = (FOLDER.parent / "config.toml").read_text()
BEECH = (FOLDER / "beech.toml").read_text()


def changed_lines(before: str, after: str) -> list[str]:
    old = before.split("\n")
    return [line for line in after.split("\n") if line not in old]


def test_a_value_is_replaced_and_its_comment_stays_in_its_column() -> None:
    text = '[page]  # the page\nport = 8080   # of the page\nlisten = "::1"\n'
    assert edited(text, {("page", "port"): "80"}) == (
        '[page]  # the page\nport = 80     # of the page\nlisten = "::1"\n'
    )
    assert "port = 1234567890  # of" in edited(text, {("page", "port"): "1234567890"})


def test_a_default_that_is_commented_out_is_brought_in() -> None:
    text = "[loop]\n#tick_ms = 100   # ms\n"
    assert edited(text, {("loop", "tick_ms"): "200"}) == "[loop]\ntick_ms = 200    # ms\n"


def test_a_key_that_is_not_there_follows_the_last_one_of_its_table() -> None:
    text = "[a]\nx = 1\n\n# about b\n[b]\ny = 1\n"
    assert edited(text, {("a", "z"): "2"}) == "[a]\nx = 1\nz = 2\n\n# about b\n[b]\ny = 1\n"


def test_a_table_that_is_not_there_comes_last() -> None:
    assert edited("[a]\nx = 1\n", {("b", "y"): "true"}) == "[a]\nx = 1\n\n[b]\ny = true\n"


def test_a_list_over_several_lines_is_replaced_whole() -> None:
    text = "[t]\ndays = [  # dear\n  1,\n  2,  # two\n]  # end\nx = 1\n"
    assert edited(text, {("t", "days"): "[3]"}) == "[t]\ndays = [3]  # end\nx = 1\n"


def test_a_row_written_in_braces_gets_or_changes_one_key() -> None:
    after = edited(BEECH, {("tanks.buffer", "calibration_m"): "[1.01, 1.0, 0.99]"})
    assert changed_lines(BEECH, after) == [
        'buffer = { hw_uid = "pico_bee000", calibration_b = [0.0, 0.4, -0.3], '
        "calibration_m = [1.01, 1.0, 0.99] }"
    ]
    after = edited(BEECH, {("tanks.buffer", "calibration_b"): "[1.0, 2.0, 3.0]"})
    assert changed_lines(BEECH, after) == [
        'buffer = { hw_uid = "pico_bee000", calibration_b = [1.0, 2.0, 3.0] }'
    ]


def test_a_row_with_a_table_of_its_own_is_changed_there() -> None:
    text = '[tanks.buffer]\nhw_uid = "pico_000000"  # x, y\n'
    after = edited(text, {("tanks.buffer", "calibration_m"): "[1.0, 1.0, 1.0]"})
    assert after == '[tanks.buffer]\nhw_uid = "pico_000000"  # x, y\ncalibration_m = [1.0, 1.0, 1.0]\n'


def test_commas_quotes_and_hashes_inside_values_do_not_confuse_it() -> None:
    text = "[t]\nrow = { a = \"1, # { x\", b = [1, 2], c = 'q' }  # = {\n"
    after = edited(text, {("t.row", "b"): "[3]"})
    assert after == "[t]\nrow = { a = \"1, # { x\", b = [3], c = 'q' }     # = {\n"


@pytest.mark.parametrize(
    ("text", "table", "key"),
    [
        ("[t]\nrow.a = 1\n", "t.row", "b"),
        ("t = 1\n", "t", "b"),
        ('[t]\nx = """\n[u]\ny = 1\n"""\n', "u", "y"),
        ("[[t]]\nx = 1\n", "t", "x"),
    ],
)
def test_what_it_does_not_follow_it_leaves_alone_and_says_so(text: str, table: str, key: str) -> None:
    with pytest.raises(CannotEdit, match=r"hand|not a table|not written"):
        edited(text, {(table, key): "7"})


TABLES = {table: rows for table, rows in tomli.loads(CONFIG).items() if isinstance(rows, dict)}


@settings(max_examples=150, deadline=None)
@given(
    changes=st.dictionaries(
        st.tuples(st.sampled_from([*TABLES, "new"]), st.sampled_from(["port", "host", "layout", "q"])),
        st.sampled_from(["1", '"a # b"', "[1, 2]", "true", "1.5"]),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_any_change_to_the_shipped_config_says_what_was_asked_and_keeps_every_comment(
    changes: dict[tuple[str, str], str],
) -> None:
    after = edited(CONFIG, changes)
    root = tomli.loads(after)
    for (table, key), value in changes.items():
        assert root[table][key] == tomli.loads(f"x = {value}")["x"]
    for line in CONFIG.split("\n"):
        if line.startswith("#") and not any(line.startswith(f"#{key} ") for _, key in changes):
            assert line in after


def test_the_shipped_files_can_be_edited(tmp_path: Path) -> None:
    after = edited(CONFIG, {("hardware", "bus"): '"real"', ("site", "layout"): '"beech"'})
    assert len(changed_lines(CONFIG, after)) == 2
