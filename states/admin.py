"""A person's hold on the house: a lease with an end, and what each actuator was last told.

Each command and keep-alive renews the lease; release, expiry or the local switch end it. Only the admin
link may speak as admin, and whoever holds the lease keeps it until it ends.
"""

from __future__ import annotations

from states.image import HeardAdmin, HeardRelease, Now
from states.state import AdminHold

ADMIN_LINK = "admin"


def lease_ms(asked_s: int | None, max_lease_s: int) -> int:
    """Milliseconds granted: none asked for means the most (24 h), never more than the most."""
    if asked_s is None or asked_s > max_lease_s:
        return max_lease_s * 1000
    return max(1, asked_s) * 1000


def take(
    hold: AdminHold | None, heard: HeardAdmin, now: Now, max_lease_s: int, actuators: frozenset[str]
) -> tuple[AdminHold | None, str]:
    """Apply one admin message; returns (hold, refusal in words or "")."""
    if heard.link != ADMIN_LINK:
        return hold, f"admin command on the {heard.link} link"
    if heard.actuator is not None and heard.actuator not in actuators:
        return hold, f"no actuator {heard.actuator}"
    if heard.actuator is not None and not 0 <= heard.value <= (
        1 if heard.actuator.startswith("relay") else 100
    ):
        return hold, f"{heard.value} is no value for {heard.actuator}"
    if hold is not None and hold.sender != heard.sender:
        return hold, f"{hold.sender} holds the house"
    commands = dict(hold.commands) if hold else {}
    if heard.actuator is not None:
        commands[heard.actuator] = heard.value
    until = now.mono_ms + lease_ms(heard.lease_s, max_lease_s)
    return AdminHold(until, heard.sender, tuple(sorted(commands.items()))), ""


def release(hold: AdminHold | None, heard: HeardRelease) -> tuple[AdminHold | None, str]:
    """Let go, if it is the holder who asks."""
    if heard.link != ADMIN_LINK:
        return hold, f"admin release on the {heard.link} link"
    if hold is not None and hold.sender != heard.sender:
        return hold, f"{hold.sender} holds the house"
    return None, ""


def expired(hold: AdminHold | None, now: Now) -> bool:
    """The lease has run out."""
    return hold is not None and now.mono_ms >= hold.until_ms
