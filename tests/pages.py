"""The generated pages of `docs/`: `python -m tests.pages` writes them, `tests/test_pages.py` checks them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hw.light import light_page
from layouts.commands import render_channels, render_layout_file, render_settings
from layouts.load import load_house
from layouts.settings import Settings, WeatherSource
from proto.wire.catalogue import render_messages
from states.diagram import postures_page, states_page
from states.drawing import svg
from states.fault_page import faults_page
from states.governor import render_governor

DOCS = Path(__file__).resolve().parent.parent / "docs"


def _houses_faults() -> str:
    return faults_page(load_house("beech"), Settings(weather=WeatherSource(source="nws")))


PAGES: dict[str, Callable[[], str]] = {
    "states.md": states_page,
    "states.svg": svg,
    "postures.md": postures_page,
    "faults.md": _houses_faults,
    "governor.md": render_governor,
    "channels.md": lambda: render_channels([load_house("orange"), load_house("beech")]),
    "settings.md": render_settings,
    "layout-file.md": render_layout_file,
    "messages.md": render_messages,
    "light.md": light_page,
}


def main() -> None:
    """Write every page."""
    for name, render in PAGES.items():
        (DOCS / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
