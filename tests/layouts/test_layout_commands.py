"""What `layout show` and `settings` print is complete, aligned and fits a terminal; the pages are current."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layouts.bounds import BOUNDS
from layouts.commands import (
    layout_show,
    on_change,
    relay_place,
    render_channels,
    render_layout_file,
    render_settings,
    settings_show,
)
from layouts.config import built_in_rows, read_settings
from layouts.format import TABLES
from layouts.load import FOLDER, load_house
from layouts.model import House
from layouts.settings import Settings
from layouts.text_table import markdown_table, text_table

ROOT = FOLDER.parent


@pytest.fixture(params=["orange", "beech"])
def house(request: pytest.FixtureRequest) -> House:
    return load_house(request.param)


def test_the_house_as_tables_names_everything(house: House) -> None:
    shown = layout_show(house)
    names = [
        *(channel.name for channel in house.channels),
        *(channel.name for channel in house.derived),
        *(node.handle or node.name for node in house.nodes),
        *(relay.key for relay in house.relays),
        *(relay.kind.active_state for relay in house.relays),
        *(tank.hw_uid for tank in house.tanks if tank.hw_uid),
        house.ltn.alias,
        house.scada.id,
        house.meter.host,
    ]
    lost = [name for name in names if name not in shown]
    assert lost == []


def test_the_house_as_tables_fits_a_terminal(house: House) -> None:
    lines = layout_show(house).split("\n")
    assert max(len(line) for line in lines) <= 110
    assert not any(line != line.rstrip() for line in lines)


def test_the_house_as_json_is_whole(house: House) -> None:
    shown = json.loads(layout_show(house, as_json=True))
    assert len(shown["channels"]) == len(house.channels)
    assert len(shown["nodes"]) == len(house.nodes)
    assert {relay["node"] for relay in shown["relays"]} == set(house.relay_by_node)
    assert shown["scada"]["alias"] == house.scada.alias


@pytest.mark.parametrize(
    ("node", "place"),
    [  # pins of the relay board: relay 1 is P07, relay 8 P00, relay 9 P10; relay 17 begins the second board
        ("relay1", ("0x20", "P07")),
        ("relay5", ("0x20", "P03")),
        ("relay8", ("0x20", "P00")),
        ("relay9", ("0x20", "P10")),
        ("relay15", ("0x20", "P16")),
        ("relay17", ("0x21", "P07")),
        ("relay20", ("0x21", "P04")),
    ],
)
def test_a_relay_is_shown_on_its_board_and_pin(node: str, place: tuple[str, str]) -> None:
    beech = load_house("beech")
    assert relay_place(beech, beech.relay_by_node[node]) == place


def test_changes_reported_at_once_are_shown_in_physical_units() -> None:
    channels = load_house("beech").channel_by_name
    assert on_change(channels["hp-lwt"]) == "0.5 °C"
    assert on_change(channels["primary-flow"]) == "0.2 gpm"
    assert on_change(channels["hp-odu-pwr"]) == "200 W"
    assert on_change(channels["vdc-relay1"]) == "any"


def test_settings_are_shown_with_value_source_bounds_and_meaning() -> None:
    shown = settings_show(*read_settings(ROOT / "config.toml"))
    for table, (says, keys) in BOUNDS.items():
        assert f"[{table}] {says}" in shown
        for key in keys:
            assert f"  {key.name} = " in shown
    assert "  tick_ms = 100                                       built-in          20 to 1000\n" in shown
    assert "      Milliseconds from one look at the house to the next.\n" in shown


def test_settings_fit_a_terminal_and_lose_no_value() -> None:
    settings, rows = read_settings(ROOT / "config.toml")
    shown = settings_show(settings, rows)
    assert max(len(line) for line in shown.split("\n")) <= 110
    assert all(day in shown for day in settings.tariff.holidays)
    assert "SamsungFourTonneHydroKit" in shown


def test_a_long_path_is_shown_whole(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(f'[store]\nfolder = "/{"a" * 200}"\n')
    assert f'  folder = "/{"a" * 200}"\n' in settings_show(*read_settings(file))


def test_settings_without_a_file_say_so() -> None:
    assert settings_show(Settings(), built_in_rows()).startswith("Built-in settings; no file was read\n")


def test_settings_never_show_what_a_secret_file_holds(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("hunter2")
    (tmp_path / "pw").chmod(0o600)
    file = tmp_path / "site.toml"
    file.write_text('[upstream]\nusername = "scada"\npassword_file = "pw"\n')
    shown = settings_show(*read_settings(file))
    assert str(tmp_path)[:20] in shown
    assert "hunter2" not in shown


def test_a_text_table_is_aligned_and_wraps_its_last_column() -> None:
    table = text_table(("n", "name", "what"), [(1, "a", "one two three four"), (10, "bb", None)], width=30)
    assert table.split("\n") == [
        " n  name  what",
        "--  ----  ------------------",
        " 1  a     one two three four",
        "10  bb    -",
    ]
    narrow = text_table(("n", "what"), [(1, "one two three four five six seven eight")], width=20)
    assert narrow.split("\n")[2:] == ["1  one two three four five", "   six seven eight"]


def test_a_bar_in_a_cell_does_not_break_a_markdown_table() -> None:
    assert markdown_table(("a",), [("x | y",)]) == "| a |\n|---|\n| x \\| y |"


def test_the_pages_hold_every_channel_setting_and_key() -> None:
    channels = render_channels([load_house("orange"), load_house("beech")])
    for name in ("orange", "beech"):
        for channel in load_house(name).channels:
            assert f"| `{channel.name}` | {channel.about} |" in channels
    settings = render_settings()
    layout = render_layout_file()
    assert all(f"| `{key.name}` |" in settings for _, keys in BOUNDS.values() for key in keys)
    assert all(f"## [{table}]" in layout for table in TABLES)
    assert all(f"| `{key.name}` |" in layout for _, keys in TABLES.values() for key in keys)


@pytest.mark.parametrize("name", ["channels", "settings", "layout-file"])
def test_the_pages_in_docs_are_current(name: str) -> None:
    pages = {
        "channels": render_channels([load_house("orange"), load_house("beech")]),
        "settings": render_settings(),
        "layout-file": render_layout_file(),
    }
    assert (ROOT / "docs" / f"{name}.md").read_text() == pages[name]
