"""The `contracts` command: what became of every contract, read from the store while the program may run.

It follows the chain of the journal from its anchor and says where it is broken. A process of its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from layouts.config import load_settings
from layouts.load import load_house
from layouts.model import House
from layouts.settings import Settings
from layouts.text_table import text_table
from proto.commands import print_line
from proto.journal import HEARD, SAID, Entry, read_entry
from proto.journal_story import Tale, outcome, tell
from proto.open import owner_of
from proto.store.chain import Notes
from proto.store.read import CannotRead, JournalFile, Row, open_journal

SHORT_ID = 8
MAX_BREAKS = 20
"""Breaks told one by one; the rest is counted."""
WHO = {HEARD: "ATN", SAID: "SCADA"}


class Wanted(Struct, frozen=True):
    """What is asked for: a contract by the beginning of its id, or the newest `last`; JSON or for people."""

    contract: str = ""
    last: int = 24
    as_json: bool = False


class Seen(Struct):
    """What one reading of the journal found."""

    notes: Notes
    entries: int = 0
    head: str = ""
    tales: dict[str, Tale] = {}
    breaks: list[str] = []
    more_breaks: int = 0
    ends: list[str] = []
    """Sentences on an end of the journal that is missing."""
    listed: list[tuple[Row, Entry]] = []
    """Entries of the contract asked for."""

    def broken(self, words: str) -> None:
        """The chain cannot be followed here."""
        if len(self.breaks) < MAX_BREAKS:
            self.breaks.append(words)
        else:
            self.more_breaks += 1


def contracts(args: argparse.Namespace, zone_of: Callable[[str], tuple[tzinfo, str]], now_ms: int) -> int:
    """The command. Raises `SettingsMistakes` and `LayoutMistakes` as every other."""
    settings = load_settings(args.config)
    zone, _ = zone_of(settings.site.time_zone)
    wanted = Wanted(args.contract, args.last, args.json)
    return told(load_house(settings.site.layout), settings, zone, now_ms, wanted)


def told(house: House, settings: Settings, zone: tzinfo, now_ms: int, wanted: Wanted) -> int:
    """Print it; 0 when chain and end are whole, 1 with sentences on stderr when not, or not readable."""
    folder = Path(settings.store.folder)
    try:
        with open_journal(folder, owner_of(house, settings)) as journal:
            seen = read(journal, wanted.contract)
    except CannotRead as error:
        print_line(sys.stderr, str(error))
        return 1
    if wanted.contract and not seen.listed:
        print_line(sys.stderr, f"No contract whose id begins with {wanted.contract!r} is in the journal.")
        return 1
    if wanted.as_json:
        print_line(sys.stdout, as_json(seen, now_ms, wanted))
    else:
        print_line(sys.stdout, as_text(seen, zone, now_ms, wanted))
    for words in breaks(seen, zone):
        print_line(sys.stderr, words)
    return 1 if seen.breaks or seen.ends else 0


def read(journal: JournalFile, contract: str) -> Seen:
    """Follow the chain from its beginning; entries of `contract` are kept whole."""
    seen = Seen(journal.notes)
    n = 0
    for row in journal.rows():
        seen.entries += 1
        seen.head = row.link.hex()
        entry = read_entry(row.body) if row.body is not None else None
        if row.fault:
            seen.broken(_at(row, row.fault))
        elif entry is None:
            seen.broken(_at(row, f"entry {row.number} is no entry of a contract journal"))
        if entry is None:
            n = 0
            continue
        if n and entry.n not in (1, n + 1):
            seen.broken(_at(row, f"{entry.n - n - 1} entries before entry {row.number} were never stored"))
        n = entry.n
        tale = seen.tales.get(entry.contract)
        if tale is None:
            tale = seen.tales[entry.contract] = Tale(entry.contract, row.wall_ms, row.wall_ms)
        tell(tale, entry, row.wall_ms)
        if contract and entry.contract.startswith(contract):
            seen.listed.append((row, entry))
    seen.ends = journal.end_faults()
    return seen


def _at(row: Row, words: str) -> str:
    return f"{row.wall_ms} {words}"


def breaks(seen: Seen, zone: tzinfo) -> Iterator[str]:
    """Sentences on where the chain is broken, and on an end that is missing."""
    for found in seen.breaks:
        wall_ms, _, words = found.partition(" ")
        yield f"The chain is broken at {_time(int(wall_ms), zone)}: {words}."
    if seen.more_breaks:
        yield f"It is broken at {seen.more_breaks} more places."
    yield from seen.ends


def _time(wall_ms: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(wall_ms // 1000, zone).strftime("%Y-%m-%d %H:%M:%S")


def _chosen(seen: Seen, wanted: Wanted) -> list[Tale]:
    tales = list(seen.tales.values())
    if wanted.contract:
        return [tale for tale in tales if tale.contract.startswith(wanted.contract)]
    return tales[-wanted.last :]


# ------------------------------------------------------------------------------------------ for people


def as_text(seen: Seen, zone: tzinfo, now_ms: int, wanted: Wanted) -> str:
    """The whole for a terminal."""
    chosen = _chosen(seen, wanted)
    blocks = [_head(seen, len(seen.tales) if wanted.contract else len(chosen))]
    if chosen:
        blocks.append(_tales(chosen, zone, now_ms))
    if wanted.contract:
        blocks.append(_entries(seen.listed, zone))
    return "\n\n".join(blocks)


def _head(seen: Seen, shown: int) -> str:
    total, dropped = len(seen.tales), seen.notes
    whole = "whole, but its end is missing or in doubt," if seen.ends else "whole"
    whole = "broken" if seen.breaks else whole
    words = f"{seen.entries} entries of {total} contracts; the chain is {whole}"
    if seen.head:
        words += f" and ends in {seen.head[:16]}"
    if dropped.dropped_entries:
        words += (
            f". {dropped.dropped_contracts} older contracts with {dropped.dropped_entries} entries were "
            f"dropped, it begins at {dropped.anchor[:16]}"
        )
    if shown < total:
        words += f". The newest {shown} are shown (--last N)"
    return f"{words}."


def _tales(tales: list[Tale], zone: tzinfo, now_ms: int) -> str:
    rows = []
    for tale in tales:
        terms = tale.terms
        start = _time(terms.start_s * 1000, zone)[:16] if terms else None
        bought = (terms.duration_minutes, terms.watt_hours) if terms else (None, None)
        counts = (tale.used_wh, tale.heard, tale.said)
        rows.append((tale.contract[:SHORT_ID], start, *bought, *counts, outcome(tale, now_ms)))
    head = ("contract", "from", "min", "bought Wh", "used Wh", "heard", "said", "what became of it")
    return text_table(head, rows)


def _entries(listed: list[tuple[Row, Entry]], zone: tzinfo) -> str:
    rows = []
    for row, entry in listed:
        who = WHO.get(entry.what, "")
        what = f"{entry.status}" if entry.status else entry.what
        words = "; ".join(part for part in (entry.cause, entry.why) if part)
        rows.append(
            (row.number, _time(row.wall_ms, zone), who, what, entry.digit, entry.echo, entry.used_wh, words)
        )
    return text_table(("entry", "when", "who", "status", "digit", "echo", "Wh", "why"), rows)


# ------------------------------------------------------------------------------------------ for programs


def as_json(seen: Seen, now_ms: int, wanted: Wanted) -> str:
    """The same as JSON."""
    told: dict[str, Any] = {
        "entries": seen.entries,
        "whole": not (seen.breaks or seen.ends),
        "breaks": [*(words.partition(" ")[2] for words in seen.breaks), *seen.ends],
        "head": seen.head,
        "dropped": msgspec.to_builtins(seen.notes),
        "contracts": [
            {**msgspec.to_builtins(tale), "outcome": outcome(tale, now_ms)} for tale in _chosen(seen, wanted)
        ],
    }
    if wanted.contract:
        told["journal"] = [
            {
                "number": row.number,
                "wall_ms": row.wall_ms,
                "link": row.link.hex(),
                **msgspec.to_builtins(entry),
            }
            for row, entry in seen.listed
        ]
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
