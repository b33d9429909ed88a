"""The pages docs/channels.md, docs/settings.md and docs/layout-file.md, made of the tables they describe."""

from __future__ import annotations

from collections.abc import Iterable

from layouts.bounds import BOUNDS
from layouts.config import built_in_rows, toml_value
from layouts.format import TABLES
from layouts.forms import Key, bounds_of
from layouts.model import Channel, House
from layouts.names import FLOW_KINDS
from layouts.text_table import markdown_table

_MADE = "<!-- Made by the program; a test compares. Change {} instead. -->\n"


def render_channels(houses: Iterable[House]) -> str:
    """docs/channels.md: every channel of the houses given, with its capture rule."""
    parts = [
        _MADE.format("layouts/names.py or the layout"),
        "# Channels\n",
        "A reading is a whole number on the wire; times the step it is the value in its unit. A channel is "
        "reported every so many seconds, and at once when it moves by the figure under *on change*. Past "
        "*stale* its value is unknown.\n",
    ]
    for house in houses:
        parts += [f"## {house.display}\n", _raw(house) + "\n", "Derived:\n", _derived(house) + "\n"]
    return "\n".join(parts)


def _raw(house: House) -> str:
    headers = ("channel", "about", "captured by", "telemetry", "unit", "step", "every s", "on change",
               "sampled s", "stale s")  # fmt: skip
    return markdown_table(headers, [_raw_row(channel) for channel in house.channels])


def _raw_row(channel: Channel) -> tuple[object, ...]:
    delta = channel.async_delta
    change = "-" if delta is None else "any" if delta == 1 else f"{delta * channel.scale:.3g}"
    return (
        f"`{channel.name}`",
        channel.about,
        channel.captured_by,
        channel.telemetry,
        channel.unit,
        channel.scale,
        channel.capture_period_s,
        change,
        channel.sample_period_ms / 1000,
        channel.stale_ms / 1000,
    )


def _derived(house: House) -> str:
    headers = ("channel", "made by", "strategy", "gw unit", "unit", "step", "every s", "stale s")
    rows = [
        (
            f"`{d.name}`",
            d.created_by,
            d.strategy,
            d.gw_unit,
            d.unit,
            d.scale,
            d.capture_period_s,
            d.stale_ms / 1000,
        )
        for d in house.derived
    ]
    return markdown_table(headers, rows)


def render_settings() -> str:
    """docs/settings.md: every setting, its built-in value, its bounds and what it does."""
    rows = {row.name: row for row in built_in_rows()}
    parts = [
        _MADE.format("layouts/settings.py or layouts/bounds.py"),
        "# Settings\n",
        "They stand in `config.toml`. What the file does not say is built in. Relative paths are relative to "
        "the file's folder. `python scada.py settings` shows what is in force and where it comes from.\n",
    ]
    for table, (says, keys) in BOUNDS.items():
        cells = [
            (f"`{key.name}`", f"`{rows[f'{table}.{key.name}'].value}`", bounds_of(key), key.says)
            for key in keys
        ]
        parts += [
            f"## [{table}]\n",
            f"{says}\n",
            markdown_table(("key", "built in", "bounds", "what"), cells) + "\n",
        ]
    return "\n".join(parts)


def render_layout_file() -> str:
    """docs/layout-file.md: every table and key a layout file may hold."""
    parts = [
        _MADE.format("layouts/format.py"),
        "# The layout file\n",
        "`layouts/<house>.toml` says what a house is. `layouts/orange.toml` is a small one and "
        "`layouts/beech.toml` a realistic one, `layouts/maple.toml` one with a Siegenthaler loop, heat "
        "meters and a second computer, all with comments; begin with a copy. NAME stands for a name.\n",
    ]
    for table, (says, keys) in TABLES.items():
        head = says[0].upper() + says[1:]
        rows = [(f"`{key.name}`", _absent(table, key), bounds_of(key), key.says) for key in keys]
        parts += [
            f"## [{table}]\n",
            f"{head}.\n",
            markdown_table(("key", "if absent", "form", "what"), rows) + "\n",
        ]
    return "\n".join(parts)


def _absent(table: str, key: Key) -> str:
    """What holds where the file says nothing."""
    by_kind = [(kind, row.get(key.name)) for kind, row in FLOW_KINDS.items()]
    if table == "flows.NAME" and any(value is not None for _, value in by_kind):
        return ", ".join(f"{kind} `{toml_value(value)}`" for kind, value in by_kind if value is not None)
    if key.required:
        return "required"
    if key.default is None:
        return "-"
    if key.form == "addresses":
        return "`[" + ", ".join(f"0x{address:02X}" for address in key.default) + "]`"
    return f"`{toml_value(key.default)}`"
