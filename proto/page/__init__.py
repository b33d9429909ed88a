"""The page to watch the house, and its API: served by the loop itself, read-only, bounded."""

from __future__ import annotations

from layouts.model import House
from layouts.settings import Settings
from proto.http import HttpServer
from proto.page.guard import Guard, read_token
from proto.page.page import LIMITS, Page

__all__ = ["Page", "open_page"]


def open_page(settings: Settings, house: House, simulated: str) -> Page | None:
    """The page, or None when it is switched off. Raises `OSError` or `ValueError` with a sentence."""
    if not settings.page.enabled:
        return None
    token = read_token(settings)
    http = HttpServer(settings.page.listen, settings.page.port, LIMITS)
    return Page(http, Guard(settings.page.listen, token), house, settings, simulated)
