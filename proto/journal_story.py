"""What became of a contract, told from its journal: who fell silent, who ended it and why, energy, digits."""

from __future__ import annotations

from msgspec import Struct

from proto.journal import HEARD, LOST, SAID, STARTED, STOPPED, Entry, Terms

SILENCE_MS = 150_000
"""So long without a heartbeat while the slot runs: the ATN counts as gone."""
SKEW_S = 120
REFUSED = "Refused: "


class Gap(Struct):
    """A time without the ATN or without the program; `until_ms` None: it did not come back in the slot."""

    who: str
    from_ms: int
    until_ms: int | None = None


class Tale(Struct):
    """One contract as its entries tell it. Times are UTC ms of our clock."""

    contract: str
    first_ms: int
    last_ms: int
    terms: Terms | None = None
    heard: int = 0
    said: int = 0
    skipped: int = 0
    used_wh: int = 0
    ended: str = ""
    """The terminal status, once there is one."""
    ended_by: str = ""
    """`the ATN` or `the SCADA`."""
    cause: str = ""
    gaps: list[Gap] = []
    echoes: int = 0
    missed: int = 0
    """Heartbeats of the ATN that echo an older digit than our last: it has not seen that answer."""
    accepted: bool = False
    last_heard_ms: int | None = None
    our_digit: int | None = None
    their_digit: int | None = None


def tell(tale: Tale, entry: Entry, wall_ms: int) -> None:
    """Take the next entry of the contract into account."""
    before_ms, tale.last_ms = tale.last_ms, wall_ms
    tale.terms = tale.terms or entry.terms
    tale.skipped += entry.skipped
    if entry.used_wh:
        tale.used_wh = entry.used_wh
    if entry.what == HEARD:
        _heard(tale, entry, wall_ms)
    elif entry.what == SAID:
        _said(tale, entry)
    elif entry.what == LOST:
        tale.gaps.append(Gap("the ATN was silent", tale.last_heard_ms or wall_ms))
    elif entry.what == STOPPED:
        tale.gaps.append(Gap("the program was stopped", wall_ms))
    elif entry.what == STARTED:
        _started(tale, before_ms, wall_ms)


def _heard(tale: Tale, entry: Entry, wall_ms: int) -> None:
    tale.heard += 1
    if entry.echo is not None and tale.our_digit is not None:
        tale.echoes += 1
        tale.missed += entry.echo != tale.our_digit
    for gap in tale.gaps:
        if gap.until_ms is None and gap.who == "the ATN was silent":
            gap.until_ms = wall_ms
    tale.last_heard_ms, tale.their_digit = wall_ms, entry.digit
    if entry.status == "TerminatedByLtn" and not tale.ended and tale.accepted:
        tale.ended, tale.ended_by, tale.cause = entry.status, "the ATN", entry.cause


def _said(tale: Tale, entry: Entry) -> None:
    tale.said += 1
    tale.our_digit = entry.digit
    if entry.status in ("Received", "Active"):
        tale.accepted = True
    if entry.status.startswith(("Terminated", "Completed")) and not tale.ended:
        tale.ended, tale.ended_by, tale.cause = entry.status, "the SCADA", entry.cause
        if entry.claims_wh is not None and tale.accepted:
            tale.used_wh = entry.claims_wh


def _started(tale: Tale, before_ms: int, wall_ms: int) -> None:
    """The program is back: from a stop, or else from an end that nobody could note."""
    gap = tale.gaps[-1] if tale.gaps else None
    if gap is not None and gap.who == "the program was stopped" and gap.until_ms is None:
        gap.until_ms = wall_ms
    else:
        tale.gaps.append(Gap("the program was gone", before_ms, wall_ms))


def outcome(tale: Tale, now_ms: int) -> str:
    """What happened, in a sentence; `now_ms` says whether a contract without an end still runs."""
    parts = [_end(tale, now_ms)]
    parts += [_gap(tale, gap) for gap in tale.gaps]
    if tale.missed:
        parts.append(f"{tale.missed} of {tale.echoes} heartbeats of the ATN did not know our last answer")
    if tale.skipped:
        parts.append(f"{tale.skipped} entries were too many to be written")
    return "; ".join(parts)


def _end(tale: Tale, now_ms: int) -> str:
    if tale.ended and not tale.accepted:
        return f"refused by the SCADA: {tale.cause.removeprefix(REFUSED)}"
    if tale.ended == "TerminatedByLtn":
        return f"ended by the ATN: {tale.cause or 'no cause given'}"
    if tale.ended == "TerminatedByScada":
        return f"ended by the SCADA: {tale.cause}"
    if tale.ended:
        return f"complete: {energy(tale)}"
    if tale.accepted and tale.terms is not None and now_ms < (tale.terms.end_s + SKEW_S) * 1000:
        return f"runs: {energy(tale)} so far"
    return f"no end is recorded: {energy(tale)}" if tale.accepted else "never taken"


def energy(tale: Tale) -> str:
    """Used and bought."""
    if tale.terms is None:
        return f"{tale.used_wh} Wh used, what was bought is not recorded"
    bought = tale.terms.watt_hours
    share = f" ({100 * tale.used_wh // bought} %)" if bought > 0 else ""
    return f"{tale.used_wh} of {bought} Wh used{share}"


def _gap(tale: Tale, gap: Gap) -> str:
    end_ms = gap.until_ms
    over = tale.terms.end_s * 1000 if tale.terms is not None else None
    if end_ms is None or (over is not None and end_ms > over):
        return f"{gap.who} from {_minute(tale, gap.from_ms)} to the end"
    minutes = max(1, round((end_ms - gap.from_ms) / 60_000))
    return f"{gap.who} for {minutes} min from {_minute(tale, gap.from_ms)}"


def _minute(tale: Tale, wall_ms: int) -> str:
    """Where in the slot; the clock time when the slot is not known."""
    if tale.terms is None:
        return f"{wall_ms // 1000}"
    return f"minute {(wall_ms // 1000 - tale.terms.start_s) // 60}"
