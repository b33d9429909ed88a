"""A person's hold on the house: a lease with an end, and what each actuator was last told.

Each command and keep-alive renews the lease; release, expiry or the local switch end it. Only the admin
link may speak as admin. Of two people the last to command holds the house; what the other one had set stays
until it is set anew, and he sees every move, since both hear the same topic.
"""

from __future__ import annotations

from layouts.settings import Admin
from states.image import HeardAdmin, HeardRelease, Now
from states.state import AdminHold

ADMIN_LINK = "admin"


def lease_ms(asked_s: int | None, lease: Admin) -> int:
    """Milliseconds granted: the site's default when no time is asked for, never more than the site's most."""
    wanted_s = lease.default_lease_s if asked_s is None else asked_s
    return max(1, min(wanted_s, lease.max_lease_s)) * 1000


def take(
    hold: AdminHold | None, heard: HeardAdmin, now: Now, lease: Admin, actuators: frozenset[str]
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
    commands = dict(hold.commands) if hold else {}
    if heard.actuator is not None:
        commands[heard.actuator] = heard.value
    until = now.mono_ms + lease_ms(heard.lease_s, lease)
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
