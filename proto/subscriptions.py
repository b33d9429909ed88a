"""What the primary computer subscribes to, link by link: exactly what its peers publish to us."""

from __future__ import annotations

from layouts.model import House
from layouts.settings import Settings
from proto.wire import topic
from proto.words import ADMIN, ADMIN_NAME, LOCAL, SCADA_NODE, SECOND_NODE, UPSTREAM


def subscriptions(house: House, settings: Settings) -> dict[str, str]:
    """Topic by link, for the links that are there."""
    us = house.scada.alias
    found = {UPSTREAM: topic(house.ltn.alias, SCADA_NODE, "#")}
    if settings.admin.enabled:
        found[ADMIN] = topic(ADMIN_NAME, us, "#")
    if settings.local.enabled and house.second_nodes:
        found[LOCAL] = topic(f"{us}.{SECOND_NODE}", SCADA_NODE, "#")
    return found
