# ruff: noqa: E501 - a sentence stands on one line, as it is printed
"""config.toml: every key is bounded and shown, every mistake gets its sentence, the shipped file runs orange."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from layouts.bounds import BOUNDS, SECRET_FILES
from layouts.config import built_in_rows, load_settings, read_settings
from layouts.config_check import is_loopback
from layouts.forms import check
from layouts.load import FOLDER, load_house
from layouts.mistakes import SettingsMistakes
from layouts.settings import Settings
from states.governor_gate import ROOM_FLOOR_F

CONFIG = FOLDER.parent / "config.toml"
TABLES = [name for name in Settings.__struct_fields__ if name != "file"]
SITE = "site.toml"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sentences(text: str | bytes) -> list[str]:
    """What the loader says of settings with this text; nothing when they are fine."""
    Path(SITE).write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        load_settings(SITE)
    except SettingsMistakes as mistakes:
        return list(mistakes.sentences)
    return []


def loaded(text: str) -> Settings:
    Path(SITE).write_text(text)
    return load_settings(SITE)


# ------------------------------------------------------------------------------------ completeness


def test_every_setting_has_a_row_of_bounds_and_every_row_a_setting() -> None:
    assert list(BOUNDS) == TABLES
    for table, (says, keys) in BOUNDS.items():
        fields = getattr(Settings(), table).__struct_fields__
        assert tuple(key.name for key in keys) == fields, table
        assert says.endswith(".")


def test_every_row_of_bounds_explains_itself_in_a_sentence() -> None:
    for table, (_, keys) in BOUNDS.items():
        for key in keys:
            assert len(key.says) > 10, f"{table}.{key.name}"
            assert key.says.endswith("."), f"{table}.{key.name}"
            if key.form in ("whole", "number"):
                assert key.lo is not None, f"{table}.{key.name}"
                assert key.hi is not None, f"{table}.{key.name}"


def _as_toml(value: Any) -> Any:
    return [_as_toml(item) for item in value] if isinstance(value, tuple) else value


def test_every_built_in_value_is_within_its_own_bounds() -> None:
    for table, (_, keys) in BOUNDS.items():
        for key in keys:
            value = getattr(getattr(Settings(), table), key.name)
            assert check(_as_toml(value), key) == (value, ""), f"{table}.{key.name}"


COMPILED = {
    "compressor_min_on_s": ("at least", 600),
    "compressor_min_off_s": ("at least", 300),
    "compressor_starts_per_hour": ("at most", 4),
    "start_delay_max_s": ("at most", 300),
    "lwt_max_c": ("at most", 90),
    "tank_max_c": ("at most", 90),
    "room_floor_f": ("at least", 55),
}


def test_a_site_may_only_be_stricter_than_the_compiled_limits() -> None:
    keys = {key.name: key for key in BOUNDS["limits"][1]}
    assert set(keys) == set(COMPILED)
    for name, (direction, bound) in COMPILED.items():
        assert (keys[name].lo if direction == "at least" else keys[name].hi) == bound
    assert keys["room_floor_f"].hi == ROOM_FLOOR_F, "the governor would cut what the settings allow"
    assert keys["room_floor_f"].lo == Settings().limits.room_floor_f


# ---------------------------------------------------------------------------------- the shipped file


def _uncommented(text: str) -> str:
    return re.sub(r"^#(?=\w+ = )", "", text, flags=re.M)


def test_every_key_of_the_settings_stands_in_the_shipped_file_and_no_other() -> None:
    shown = tomli.loads(_uncommented(CONFIG.read_text()))
    assert {table: set(keys) for table, keys in shown.items()} == {
        table: {key.name for key in keys} for table, (_, keys) in BOUNDS.items()
    }


def test_what_is_commented_in_the_shipped_file_is_the_built_in_value() -> None:
    text = CONFIG.read_text()
    active, everything = tomli.loads(text), tomli.loads(_uncommented(text))
    commented = 0
    for table, keys in everything.items():
        for name, value in keys.items():
            if name not in active.get(table, {}):
                commented += 1
                assert value == _as_toml(getattr(getattr(Settings(), table), name)), f"{table}.{name}"
    assert commented > 40


def test_the_shipped_file_runs_the_simulated_orange_house() -> None:
    settings = load_settings(CONFIG)
    assert (settings.hardware.bus, settings.weather.source) == ("twin", "twin")
    assert load_house(settings.site.layout).name == "orange"
    assert settings.store.folder == str(CONFIG.parent / "var")
    differs = [
        f"{table}.{key.name}"
        for table, (_, keys) in BOUNDS.items()
        for key in keys
        if getattr(getattr(settings, table), key.name) != getattr(getattr(Settings(), table), key.name)
    ]
    assert differs == ["tariff.holidays", "store.folder"]


def test_lines_of_the_shipped_file_fit_a_terminal() -> None:
    assert max(len(line) for line in CONFIG.read_text().split("\n")) <= 120


# ------------------------------------------------------------------------------------------ mistakes

# Text of a whole config.toml -> the sentences, without "site.toml" in front.
MISTAKES: list[tuple[str, list[str]]] = [
    ("[loop]\ntick_ns = 100", [" [loop]: unknown key 'tick_ns'. Did you mean 'tick_ms'?"]),
    ("[lop]\ntick_ms = 100", [": unknown table 'lop'. Did you mean 'loop'?"]),
    ("loop = 3", [" [loop]: must be a table, not 3."]),
    ("[loop]\ntick_ms = 10", [" [loop]: tick_ms must be a whole number from 20 to 1000, not 10."]),
    ("[loop]\ntick_ms = 100.0", [" [loop]: tick_ms must be a whole number from 20 to 1000, not 100.0."]),
    ('[loop]\ntick_ms = "100"', [" [loop]: tick_ms must be a whole number from 20 to 1000, not the text '100'."]),
    ("[loop]\ntick_ms = true", [" [loop]: tick_ms must be a whole number from 20 to 1000, not true."]),
    ("[limits]\ncompressor_min_on_s = 599", [
        " [limits]: compressor_min_on_s must be a whole number from 600 to 7200, not 599."]),
    ("[limits]\ncompressor_min_off_s = 299", [
        " [limits]: compressor_min_off_s must be a whole number from 300 to 7200, not 299."]),
    ("[limits]\ncompressor_starts_per_hour = 5", [
        " [limits]: compressor_starts_per_hour must be a whole number from 1 to 4, not 5."]),
    ("[limits]\nlwt_max_c = 90.1", [" [limits]: lwt_max_c must be a number from 35 to 90, not 90.1."]),
    ("[limits]\nlwt_max_c = nan", [" [limits]: lwt_max_c must be a number from 35 to 90, not nan."]),
    ("[limits]\nroom_floor_f = 45", [" [limits]: room_floor_f must be a number from 55 to 59, not 45."]),
    ("[admin_lease]\nmax_lease_s = 86401", [
        " [admin_lease]: max_lease_s must be a whole number from 60 to 86400, not 86401."]),
    ('[site]\nmode = "heating"', [" [site]: mode must be 'Heating' or 'MonitorOnly', not 'heating'. Did you mean 'Heating'?"]),
    ('[site]\nlayout = ""', [" [site]: layout must be a path in quotes, not empty, not ''."]),
    ('[site]\nlayout = "~/oak.toml"', [
        " [site]: layout must be a path without '~'; write the home folder out, not '~/oak.toml'."]),
    ('[site]\ntime_zone = "America/New_Yrok"', [
        " [site]: time_zone must be a time zone of the tz database, for example 'America/New_York', not "
        "'America/New_Yrok'. Did you mean 'America/New_York'?"]),
    ('[site]\ntime_zone = "../../etc/passwd"', [
        " [site]: time_zone must be a time zone of the tz database, for example 'America/New_York', not "
        "'../../etc/passwd'."]),
    ("[site]\ntime_zone = -5", [
        " [site]: time_zone must be a time zone of the tz database, for example 'America/New_York', not -5."]),
    ("[site]\nlatitude = 91", [" [site]: latitude must be a number from -90 to 90, not 91."]),
    ('[tariff]\nholidays = ["2025-02-29"]', [
        " [tariff]: holidays must be a list of different days, as in ['2026-12-25', '2027-01-01'], not "
        "['2025-02-29']. Entry 1, '2025-02-29', is not in the calendar."]),
    ('[tariff]\nholidays = ["2025-12-25", "x"]', [
        " [tariff]: holidays must be a list of different days, as in ['2026-12-25', '2027-01-01'], not "
        "['2025-12-25', 'x']. Entry 2, 'x', is no day."]),
    ('[tariff]\nholidays = ["20251225"]', [
        " [tariff]: holidays must be a list of different days, as in ['2026-12-25', '2027-01-01'], not "
        "['20251225']. Entry 1, '20251225', is no day."]),
    ('[tariff]\nholidays = [2025-12-25, "2025-12-25"]', [
        " [tariff]: holidays must be a list of different days, as in ['2026-12-25', '2027-01-01'], not "
        "[2025-12-25, '2025-12-25']. Entry 2, '2025-12-25', stands there already."]),
    ("[tariff]\npeaks = [[0, 24]]", [
        " [tariff]: peaks leave no hour of a working day: heat is made in the other hours, and the house would "
        "only be kept from freezing; for a flat tariff write peaks = []."]),
    ("[tariff]\npeaks = [[12, 7]]", [
        " [tariff]: peaks must be a list of [from, to] hours between 0 and 24, in order and apart, as in "
        "[[7, 12], [16, 20]], not [[12, 7]]."]),
    ("[tariff]\npeaks = [[7, 12], [12, 20]]", [
        " [tariff]: peaks must be a list of [from, to] hours between 0 and 24, in order and apart, as in "
        "[[7, 12], [16, 20]], not [[7, 12], [12, 20]]."]),
    ("[tariff]\npeaks = [[7, 25]]", [
        " [tariff]: peaks must be a list of [from, to] hours between 0 and 24, in order and apart, as in "
        "[[7, 12], [16, 20]], not [[7, 25]]."]),
    ("[tariff]\npeaks = [7, 12]", [
        " [tariff]: peaks must be a list of [from, to] hours between 0 and 24, in order and apart, as in "
        "[[7, 12], [16, 20]], not [7, 12]."]),
    ("[heat_pump]\nidle_w = 1200", [" [heat_pump]: idle_w (1200) must be less than running_w (1200)."]),
    ("[house_model]\nbeta = 0.0", [" [house_model]: beta must be a number from -1 to -0.001, not 0.0."]),
    ("[house_model]\nintermediate_rswt_f = 120", [
        " [house_model]: warmer water must give more heat: -alpha / beta < intermediate_rswt_f < dd_rswt_f does not "
        "hold for 56.8 < 120.0 < 119.0."]),
    ("[house_model]\nalpha = 8.0\nbeta = -0.1\nintermediate_rswt_f = 80", [
        " [house_model]: warmer water must give more heat: -alpha / beta < intermediate_rswt_f < dd_rswt_f does not "
        "hold for 80.0 < 80.0 < 119.0."]),
    ("[house_model]\nintermediate_power_kw = 5.5", [
        " [house_model]: intermediate_power_kw (5.5) must be less than dd_power_kw (5.5)."]),
    ("[house_model]\nintermediate_power_kw = 6", [
        " [house_model]: intermediate_power_kw (6) must be less than dd_power_kw (5.5)."]),
    ('[upstream]\nhost = "mqtt.example.org"', [
        " [upstream]: tls is false, but host is 'mqtt.example.org'; only a broker on this computer (127.0.0.1, ::1, "
        "localhost) may be spoken to in the clear."]),
    ('[upstream]\nhost = "pi:hunter2@mqtt.example.org"\ntls = true', [
        " [upstream]: host must be a host name or an IP address, without user, port or 'http://', not '(hidden)'."]),
    ('[upstream]\npassword = "hunter2"', [
        " [upstream]: unknown key 'password'. Secrets do not stand in this file; put it into a file of its own and "
        "name that in 'password_file'."]),
    ('[page]\ntoken = "hunter2"', [
        " [page]: unknown key 'token'. Secrets do not stand in this file; put it into a file of its own and name "
        "that in 'token_file'."]),
    ('[upstream]\ncert_file = "a.crt"', [
        " [upstream]: cert_file is given without key_file; a certificate needs its key."]),
    ('[upstream]\nkey_file = "a.pem"', [
        " [upstream]: key_file is given without cert_file; a certificate needs its key."]),
    ('[local]\npassword_file = "a"', [
        " [local]: password_file is given without username; a password needs its name."]),
    ('[page]\nlisten = "0.0.0.0"', [
        " [page]: token_file is missing: others can reach the page at 0.0.0.0, so it needs a token they must show."]),
    ('[page]\nlisten = "scada.local"', [
        " [page]: listen must be an IP address of this computer, for example '127.0.0.1', or '0.0.0.0' for all of "
        "them, not 'scada.local'."]),
    ("[devices]\nport = 8080", [" [devices]: port 8080 is already taken by [page]; give one of them another."]),
    ('[hardware]\nbus = "real"', [
        " [weather]: source is 'twin', but [hardware] bus is 'real': there is no simulated house; choose 'nws', 'csv' or "
        "'coldest-of-month'."]),
    ('[weather]\nsource = "nws"', [
        " [weather]: contact is missing: the weather service wants to know whom to tell when something goes wrong; an "
        "e-mail address will do."]),
    ("[gpio]\nenabled = true", [
        " [gpio]: enabled is true, but no pin is named; give heartbeat_pin, light_pin or switch_pin."]),
    ("[gpio]\nenabled = true\nheartbeat_pin = 17\nlight_pin = 17\nswitch_pin = 3", [
        " [gpio]: light_pin is 17, but that pin is heartbeat_pin; take another.",
        " [gpio]: switch_pin is 3, but that pin is the clock line of the I2C bus; take another."]),
    ("[gpio]\nswitch_pin = 28", [" [gpio]: switch_pin must be a whole number from 0 to 27, not 28."]),
    ("[hub]\npoll_s = 5", [" [hub]: poll_s must be a whole number from 60 to 3600, not 5."]),
    ('[weather]\nsource = "csv"', [" [weather]: csv_file is missing: source is 'csv'."]),
    ("[upstream]\nport = 65536", [" [upstream]: port must be a whole number from 0 to 65535, not 65536."]),
    ("[log]\nlevel = 'chatty'", [" [log]: level must be 'debug' or 'info' or 'warning' or 'error', not 'chatty'."]),
    ("[loop", [": line 1, column 6: expected ']' at the end of a table declaration."]),
    ("[loop]\ntick_ms = 1\n[loop]", [": line 3, column 6: table [loop] was already opened above."]),
    ("", [": is empty."]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_gets_exactly_this_sentence(text: str, said: list[str]) -> None:
    assert sentences(text) == [SITE + sentence for sentence in said]


@pytest.mark.parametrize(
    "zone", ["America", "", "Europe/", "UTC+5", "\\u0000", "a" * 300, "/etc/localtime", "."]
)
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    said = sentences(f'[site]\ntime_zone = "{zone}"')
    assert len(said) == 1
    assert said[0].startswith("site.toml [site]: time_zone must be a time zone of the tz database")


def test_all_mistakes_are_told_at_once() -> None:
    text = '[loop]\ntick_ms = 5\n[heat_pump]\nidle_w = 1300\n[page]\nlisten = "0.0.0.0"\n[x]\n'
    assert sentences(text) == [
        "site.toml: unknown table 'x'. Known: " + ", ".join(BOUNDS) + ".",
        "site.toml [loop]: tick_ms must be a whole number from 20 to 1000, not 5.",
        "site.toml [page]: token_file is missing: others can reach the page at 0.0.0.0, so it needs a token they must show.",
        "site.toml [heat_pump]: idle_w (1300) must be less than running_w (1200).",
    ]


def test_a_wrong_value_brings_no_follow_up_in_its_own_table() -> None:
    said = sentences('[upstream]\nhost = "mqtt.example.org"\ntls = "yes"')
    assert said == ["site.toml [upstream]: tls must be true or false, not the text 'yes'."]


def test_a_missing_file_names_the_demo() -> None:
    with pytest.raises(SettingsMistakes) as caught:
        load_settings("config.toml")
    assert caught.value.sentences == (
        "config.toml: there is no such file. To watch a simulated house without one: python scada.py demo",
    )


@pytest.mark.parametrize("text", ["# nothing", "[site]\n", "[tariff]\nholidays = []\npeaks = []\n"])
def test_what_the_file_does_not_say_is_built_in(text: str) -> None:
    settings = loaded(text)
    assert settings.loop == Settings().loop
    assert settings.limits == Settings().limits
    assert settings.file == SITE


def test_values_at_their_very_bound_are_allowed() -> None:
    settings = loaded(
        "[tariff]\npeaks = [[0, 7], [20, 24]]\n[admin_lease]\ndefault_lease_s = 3600\nmax_lease_s = 3600\n"
        f'[loop]\ntick_ms = 1000\n[upstream]\nusername = "{"a" * 200}"\nhost = "{"a" * 253}"\ntls = true\n'
        f'[store]\nfolder = "/{"a" * 999}"\n'
    )
    assert settings.tariff.peaks == ((0, 7), (20, 24))
    assert settings.admin_lease.default_lease_s == settings.admin_lease.max_lease_s == 3600
    assert settings.loop.tick_ms == 1000
    assert len(settings.upstream.username) == 200
    for over in (
        f'[upstream]\nusername = "{"a" * 201}"',
        f'[upstream]\nhost = "{"a" * 254}"\ntls = true',
        f'[store]\nfolder = "/{"a" * 1000}"',
    ):
        assert len(sentences(over)) == 1


def test_days_may_stand_with_or_without_quotes() -> None:
    settings = loaded('[tariff]\nholidays = [2025-12-25, "2026-01-01"]')
    assert settings.tariff.holidays == ("2025-12-25", "2026-01-01")


def test_whole_numbers_are_fine_where_a_fraction_may_stand() -> None:
    lwt_max_c = loaded("[limits]\nlwt_max_c = 63").limits.lwt_max_c
    assert (lwt_max_c, type(lwt_max_c)) == (63.0, float)


def test_only_loopback_may_be_spoken_to_in_the_clear() -> None:
    for host in ("127.0.0.1", "127.8.9.10", "::1", "localhost", "LocalHost"):
        assert is_loopback(host), host
        assert sentences(f'[upstream]\nhost = "{host}"\ntls = false') == [], host
    for host in (
        "10.0.0.1",
        "0.0.0.0",
        "::",
        "127.0.0.1.example.org",
        "localhost.example.org",
        "128.0.0.1",
        "127.1",
    ):
        assert not is_loopback(host), host
        assert len(sentences(f'[upstream]\nhost = "{host}"\ntls = false')) == 1, host
        assert sentences(f'[upstream]\nhost = "{host}"\ntls = true') == [], host


def test_relative_paths_are_relative_to_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / SITE).write_text(
        '[site]\nlayout = "houses/oak.toml"\n[store]\nfolder = "data"\n'
        '[upstream]\nusername = "a"\npassword_file = "secrets/pw"\nca_file = "/etc/ca.crt"\n'
    )
    monkeypatch.chdir("/")
    settings = load_settings(tmp_path / "etc" / SITE)
    assert settings.site.layout == str(tmp_path / "etc/houses/oak.toml")
    assert settings.store.folder == str(tmp_path / "etc/data")
    assert settings.upstream.password_file == str(tmp_path / "etc/secrets/pw")
    assert settings.upstream.ca_file == "/etc/ca.crt"
    assert settings.upstream.cert_file == ""


def test_the_name_of_a_layout_stays_a_name_and_an_absent_folder_is_beside_the_file(tmp_path: Path) -> None:
    settings = loaded('[site]\nlayout = "beech"')
    assert settings.site.layout == "beech"
    assert settings.store.folder == str(tmp_path / "var")


# ---------------------------------------------------------------------------------------------- rows


def test_rows_tell_where_each_value_comes_from() -> None:
    Path(SITE).write_text(
        '# first line\n[loop]\ntick_ms = 200\n\n[page] # page\n  port = 9000 # here\n'
        '[tariff]\npeaks = [\n  [7, 12],\n]\nlead_s = 60\n[log]\nlevel = """warning"""\n'
    )  # fmt: skip
    settings, rows = read_settings(SITE)
    sources = {row.name: (row.value, row.source) for row in rows}
    assert settings.loop.tick_ms == 200
    assert sources["loop.tick_ms"] == ("200", "site.toml:3")
    assert sources["page.port"] == ("9000", "site.toml:6")
    assert sources["tariff.peaks"] == ("[[7, 12]]", "site.toml:8")
    assert sources["tariff.lead_s"] == ("60", "site.toml:11")
    assert sources["log.level"] == ('"warning"', "site.toml:13")
    assert sources["page.listen"] == ('"127.0.0.1"', "built-in")


def test_dotted_and_inline_tables_have_a_line_too() -> None:
    Path(SITE).write_text("loop.tick_ms = 200\nlog = { level = 'debug' }\n")
    sources = {row.name: row.source for row in read_settings(SITE)[1]}
    assert (sources["loop.tick_ms"], sources["log.level"]) == ("site.toml:1", "site.toml:2")


def test_a_key_inside_of_a_long_text_is_not_taken_for_a_line() -> None:
    assert sentences("[upstream]\nusername = '''\na\nb'''\n") == [
        "site.toml [upstream]: username must be text in quotes on one line, at most 200 characters, not 'a\\x0ab'."
    ]
    Path(SITE).write_text('[upstream]\nusername = """\\\n  port = 1"""\nport = 2\n')
    sources = {row.name: row.source for row in read_settings(SITE)[1]}
    assert sources["upstream.port"] == "site.toml:4"


def test_there_is_a_row_for_every_setting_with_bounds_and_words() -> None:
    rows = built_in_rows()
    assert [row.name for row in rows] == [
        f"{table}.{key.name}" for table, (_, keys) in BOUNDS.items() for key in keys
    ]
    assert all(row.bounds and row.says and row.source == "built-in" for row in rows)


def test_no_setting_can_hold_a_secret_only_the_name_of_its_file() -> None:
    words = re.compile(r"password|secret|token|key")
    for row in built_in_rows():
        name = row.name.rpartition(".")[2]
        assert not words.search(name) or name in SECRET_FILES, row.name


# ---------------------------------------------------------------------------------------------- fuzz


@hypothesis_settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 9000), st.integers(0, 60), st.text(max_size=12))
def test_any_cut_and_paste_gives_settings_or_sentences(at: int, cut: int, paste: str) -> None:
    text = _uncommented(CONFIG.read_text())
    at = min(at, len(text))
    data = (text[:at] + paste + text[at + cut :]).encode("utf-8", "surrogatepass")
    assert all("\n" not in sentence for sentence in sentences(data))


_JUNK = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.dates(), st.times(), st.datetimes(),
    st.lists(st.integers(-5, 30) | st.text(max_size=3) | st.lists(st.integers(-1, 25), max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


@hypothesis_settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.sampled_from([key for _, keys in BOUNDS.values() for key in keys]), _JUNK)
def test_any_value_is_taken_in_its_type_or_refused_in_words(key: Any, value: Any) -> None:
    taken, wrong = check(value, key)
    assert (taken is None) == bool(wrong)
    if not wrong:
        assert check(_as_toml(taken), key) == (taken, "")


def test_settings_are_frozen_and_comparable() -> None:
    with pytest.raises(AttributeError):
        Settings().loop.tick_ms = 5  # type: ignore[misc]
    assert msgspec.structs.replace(Settings()) == Settings()
