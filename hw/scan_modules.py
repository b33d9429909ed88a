"""The part of `hw scan` that listens: which Wi-Fi modules and hub are heard, silent, swapped, unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hw.field import Field
from layouts.model import House
from states.image import Post

Found = Iterator[tuple[bool | None, str]]
"""(as the layout says, or None where nobody can know; a sentence)."""
SPARE_S = 15.0
"""A module that joins the Wi-Fi anew posts so much later."""
MOST_LISTEN_S = 600.0
"""Nobody waits longer at the cabinet without having said so."""
_UID = re.compile(rb'"HwUid"\s*:\s*"([A-Za-z0-9_-]{1,40})"')


def listening_s(field: Field) -> float:
    """How long every module needs to be heard, seconds of house time, 10 minutes at most."""
    slowest = max(_periods_s(field).values(), default=0.0)
    return min(MOST_LISTEN_S, slowest + SPARE_S) if slowest else 0.0


def _periods_s(field: Field) -> dict[str, float]:
    """Module -> it posts at least so often. The hub has no period: it posts when something changes."""
    intake = field.rig.intake
    return {module.name: module.period_s for module in intake.modules if module is not intake.hub}


def all_heard(field: Field) -> bool:
    """Whether every module but the hub has posted something measured."""
    intake = field.rig.intake
    return all(module.device.ok for module in intake.modules if module is not intake.hub)


def callers(posts: list[Post]) -> dict[tuple[str, str], int]:
    """(actor a post was for, serial of the module) -> how often."""
    found: dict[tuple[str, str], int] = {}
    for post in posts:
        match = _UID.search(post.body[:4096])
        actor = post.path.strip("/").split("/")[0]
        if match:
            key = (actor, match[1].decode("ascii"))
            found[key] = found.get(key, 0) + 1
    return found


def _measuring(posts: list[Post]) -> set[str]:
    """Actors for which something measured was posted."""
    words = (post.path.strip("/").split("/") for post in posts)
    return {path[0] for path in words if not path[-1].endswith(("-params", "code-update"))}


def modules(field: Field, house: House, heard_s: float) -> Found:
    """Wi-Fi modules and the hub: heard, silent, swapped, unknown; listened to for `heard_s` seconds."""
    wanted = {t.name: t.hw_uid for t in house.tanks if t.enabled}
    wanted |= {f.node: f.hw_uid for f in house.flows if f.enabled}
    wanted |= {b.node: b.hw_uid for b in house.btus if b.enabled}
    if not heard_s:
        if wanted:
            yield (
                None,
                f"the modules ({', '.join(wanted)}) were not listened to; that takes {_listen(field)}.",
            )
        return
    heard = callers(field.posts)
    yield from _expected(field, wanted, heard, heard_s)
    yield from _strange(wanted, heard)
    yield from _hub(field, house)


def _listen(field: Field) -> str:
    slowest = max(_periods_s(field).values(), default=0.0)
    return f"hw scan --listen {slowest + SPARE_S:.0f}"


def _expected(
    field: Field, wanted: dict[str, str | None], heard: dict[tuple[str, str], int], heard_s: float
) -> Found:
    """A line for every module of the layout; one that was given too little time is no fault."""
    measuring, periods = _measuring(field.posts), _periods_s(field)
    hurried: dict[float, list[str]] = {}
    for actor, uid in wanted.items():
        who = [found for name, found in heard if name == actor]
        measured = bool(who) and actor in measuring
        if not measured and heard_s < periods[actor] + SPARE_S:
            hurried.setdefault(periods[actor], []).append(actor)
        elif who and not measured:
            yield False, f"{actor}: module {who[0]} asked for its parameters, but no measurement came."
        elif uid in who or (uid is None and who):
            adopted = "" if uid else f'; write hw_uid = "{who[0]}" into the layout'
            yield bool(uid), f"{actor}: module {uid or who[0]} posts{adopted}"
        elif not who:
            yield False, f"{actor}: module {uid or '(no hw_uid)'} was not heard. Is it powered (relay vdc)?"
    for period_s, actors in hurried.items():
        yield (
            None,
            f"{', '.join(actors)}: not heard yet; a module that posts every {period_s:.0f} s needs "
            f"hw scan --listen {period_s + SPARE_S:.0f}, and this one listened {heard_s:.0f} s.",
        )


def _strange(wanted: dict[str, str | None], heard: dict[tuple[str, str], int]) -> Found:
    """A line for every module that posts as somebody else, or as nobody of the layout."""
    owner = {uid: actor for actor, uid in wanted.items() if uid}
    for actor, uid in heard:
        if actor in wanted and wanted[actor] in (uid, None):
            continue
        home = owner.get(uid)
        if home is not None:
            other = "the two are swapped" if (home, wanted.get(actor)) in heard else "one of both is wrong"
            yield (
                False,
                f"module {uid} posts as '{actor}', but the layout has it at '{home}': {other}; set the "
                "module up anew or correct hw_uid.",
            )
        elif actor in wanted:
            yield False, f"'{actor}' is module {wanted[actor]} in the layout, but {uid} posts as it."
        else:
            yield False, f"module {uid} posts as '{actor}', which is in no table of the layout."


def _hub(field: Field, house: House) -> Found:
    hub = field.rig.intake.hub
    if hub is None or not house.zones:
        return
    if hub.device.ok:
        yield True, f"hub {house.hub.mac} speaks"
        return
    yield None, f"hub {house.hub.mac} was not heard; it posts only when something at a thermostat changes."
