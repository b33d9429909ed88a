"""Events as lines that read like a day; log, terminal, page and golden stories print these only."""

from __future__ import annotations

from datetime import datetime, tzinfo

from states.image import Event

SHOWN = frozenset({"transition", "fault", "clear", "contract", "admin", "refused", "note"})


def short(path: str) -> str:
    """`HomeAlone HpOnStoreCharge` for `HomeAlone.Normal.HpOnStoreCharge`."""
    top, _, rest = path.partition(".")
    leaf = rest.rpartition(".")[2]
    middle = rest.split(".")[0] if rest.count(".") and not rest.startswith("Normal.") else ""
    return " ".join(word for word in (top, middle, leaf) if word)


def words_of(event: Event) -> str:
    """What happened and why, without the time."""
    if event.kind == "transition":
        before, after = short(event.before), short(event.after)
        same = event.before.split(".")[0] == event.after.split(".")[0]
        return f"{before} -> {after.partition(' ')[2] if same else after}   {event.words}"
    if event.kind in ("fault", "clear"):
        return f"{event.kind} {event.name}   {event.words}"
    return f"{event.kind} {event.words}"


def line(event: Event, zone: tzinfo, *, dated: bool = False) -> str:
    """`06:58:00 HomeAlone HpOnStoreCharge -> HpOffStoreOff   on-peak starts in 2 min`."""
    at = datetime.fromtimestamp(event.wall_ms // 1000, zone)
    stamp = at.strftime("%Y-%m-%d %H:%M:%S" if dated else "%H:%M:%S")
    return f"{stamp} {words_of(event)}"
