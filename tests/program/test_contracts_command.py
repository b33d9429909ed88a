"""`contracts`: what became of every contract, told from the journal that the whole program has written."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC
from pathlib import Path

import pytest
from msgspec.structs import replace

import scada
from layouts.load import load_house
from layouts.settings import Settings
from proto.contracts import Wanted, told
from proto.journal import Journal, read_entry
from proto.journal_story import Tale, outcome, tell
from proto.store.database import Database
from proto.store.frames import PutJournal
from states.contract_journal import STARTED, STOPPED, TURN, befell
from states.image import Contract, Heartbeat, Noted, Now
from tests.atn.season import Stage, stage

HOUSE = load_house("orange")
START = 1_769_490_000  # 2026-01-27 00:00 in Maine
SLOT = Contract(HOUSE.scada.alias, START, 60, 5000, False, "11111111-1111-4111-8111-111111111111")
ENDED = "CompletedUnknownOutcome"


def kept(folder: Path, entries: list[tuple[int, bytes]]) -> Settings:
    """A store that holds these entries, and settings that name it."""
    database = Database(folder / "store.db", HOUSE.scada.alias, 64_000_000)
    database.next_position = database.last_position() + 1
    for wall_ms, body in entries:
        database.put_journal(PutJournal(0, wall_ms, body))
    database.commit("run", 1)
    database.close()
    base = Settings()
    return replace(base, store=replace(base.store, folder=str(folder)))


def now(after_s: float) -> Now:
    ms = int(after_s * 1000)
    return Now(START * 1000 + ms, 5_000_000 + ms, 1_000 + ms)


def heard(status: str, digit: int, echo: int | None, why: str = "", cause: str | None = None) -> Noted:
    beat = Heartbeat(
        from_node="ltn", contract=SLOT, status=status, previous_status=None, created_ms=0, cause=cause,
        my_digit=digit, your_last_digit=echo,
    )  # fmt: skip
    return Noted("heard", SLOT.contract_id, beat, 0, why, "d1.atn")


def said(status: str, digit: int, echo: int, used_wh: int, cause: str | None = None) -> Noted:
    beat = Heartbeat(
        from_node="s", contract=SLOT, status=status, previous_status="Active", created_ms=0, cause=cause,
        my_digit=digit, your_last_digit=echo, watt_hours_used=used_wh,
    )  # fmt: skip
    return Noted("said", SLOT.contract_id, beat, used_wh, cause or "")


def befallen(what: str, why: str) -> Noted:
    return Noted(what, SLOT.contract_id, None, 0, why)


def tale_of(*lines: tuple[float, Noted]) -> Tale:
    """The tale of these lines, over the bytes in which they are kept."""
    written: list[tuple[int, bytes]] = []
    journal = Journal(lambda body, wall_ms: written.append((wall_ms, body)))
    for at, line in lines:
        journal.note(now(at), [line])
    found = Tale(SLOT.contract_id, 0, 0)
    for wall_ms, body in written:
        entry = read_entry(body)
        assert entry is not None
        tell(found, entry, wall_ms)
    return found


OFFER = ((2, heard("Created", 3, None)), (2, said("Received", 4, 3, 0)))
OVER_MS = (START + 7200) * 1000


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((), "never taken"),
        (OFFER, "no end is recorded: 0 of 5000 Wh used (0 %)"),
        ((*OFFER, (3600, said(ENDED, 1, 3, 4321, "Final"))), "complete: 4321 of 5000 Wh used (86 %)"),
        (
            (*OFFER, (700, heard("TerminatedByLtn", 1, 4, "", "price spike"))),
            "ended by the ATN: price spike",
        ),
        (
            (*OFFER, (700, said("TerminatedByScada", 1, 3, 700, "zone1-main is cold"))),
            "ended by the SCADA: zone1-main is cold",
        ),
        (
            ((2, heard("Created", 3, None)), (2, said("TerminatedByScada", 1, 3, 0, "Refused: for another"))),
            "refused by the SCADA: for another",
        ),
        (
            (
                *OFFER,
                (62, heard("Active", 5, 4)),
                (62, said("Active", 6, 5, 80)),
                (212, befallen("lost", "lost: no ATN heartbeat for 150 s")),
                (662, heard("Active", 7, 4)),
                (662, said("Active", 8, 7, 90)),
                (3600, said(ENDED, 1, 7, 100, "Final")),
            ),
            "complete: 100 of 5000 Wh used (2 %); the ATN was silent for 10 min from minute 1; "
            "1 of 2 heartbeats of the ATN did not know our last answer",
        ),
        (
            (*OFFER, (212, befallen("lost", "")), (3600, said(ENDED, 1, 3, 100, "Final"))),
            "complete: 100 of 5000 Wh used (2 %); the ATN was silent from minute 0 to the end",
        ),
        (
            (*OFFER, (600, befallen("stopped", "SIGTERM")), (900, befallen("started", ""))),
            "no end is recorded: 0 of 5000 Wh used (0 %); the program was stopped for 5 min from minute 10",
        ),
        (
            (*OFFER, (900, befallen("started", ""))),
            "no end is recorded: 0 of 5000 Wh used (0 %); the program was gone for 15 min from minute 0",
        ),
    ],
)
def test_the_tale_says_who_failed(lines: tuple[tuple[float, Noted], ...], words: str) -> None:
    assert outcome(tale_of(*lines), OVER_MS) == words


def test_a_contract_that_still_runs_is_no_failure() -> None:
    assert outcome(tale_of(*OFFER), now(100).wall_ms) == "runs: 0 of 5000 Wh used (0 %) so far"


def test_a_peer_that_never_stops_talking_does_not_fill_the_journal() -> None:
    written: list[bytes] = []
    journal = Journal(lambda body, wall_ms: written.append(body))
    for _ in range(5000):
        journal.note(now(10), [heard("Active", 1, 2)])
    assert (len(written), journal.skipped) == (600, 4400)
    journal.note(now(11), [replace(said("TerminatedByScada", 1, 2, 5, "cold"), rank=TURN)])
    last = read_entry(written[-1])
    assert last is not None
    assert (last.status, last.skipped, last.n) == ("TerminatedByScada", 4400, 601)
    journal.note(now(4000), [heard("Active", 1, 2)])
    assert len(written) == 602
    assert max(map(len, written)) < 600


def test_what_befalls_a_held_contract_at_start_and_stop_is_noted(tmp_path: Path) -> None:
    made = day(hours=1.2)
    made.program.stop("SIGTERM")
    last = read_entry(made.store.journal[-1][1])
    assert last is not None
    assert (last.what, last.why) == (STOPPED, "SIGTERM")
    again = stage(HOUSE, Settings(), made.clock.now().wall_ms, 10_000, store=made.store, clock=made.clock)
    again.program.start(made.store.left())
    last = read_entry(made.store.journal[-1][1])
    assert last is not None
    held = made.program.state.contract.contract
    assert (last.what, last.n, last.contract) == (STARTED, 1, held.contract_id)
    assert befell(again.program.state.contract, STARTED, "") != ()


def day(hours: float) -> Stage:
    made = stage(HOUSE, Settings(), START * 1000 - 600_000, 10_000, atn=True)
    made.run(600 + hours * 3600, 10_000)
    return made


def test_the_command_tells_of_whole_contracts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = day(hours=3.5)
    settings = kept(tmp_path, made.store.journal)
    assert told(HOUSE, settings, UTC, made.clock.now().wall_ms, Wanted()) == 0
    text, wrong = capsys.readouterr()
    assert wrong == ""
    assert "the chain is whole" in text
    assert "complete: " in text
    assert "runs: " in text
    assert told(HOUSE, settings, UTC, made.clock.now().wall_ms, Wanted(as_json=True)) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["whole"] is True
    over = [tale for tale in found["contracts"] if tale["ended"] == ENDED]
    assert len(over) >= 3
    for tale in over:
        assert abs(tale["heard"] - 61) <= 2, "one heartbeat a minute"
        assert tale["missed"] == 0
        assert tale["gaps"] == []
    # the energy told is the one the ATN was told
    ended = {e.heartbeat.contract.contract_id: e.heartbeat for e in made.program.state.contract.ended}
    assert {t["contract"]: t["used_wh"] for t in over} == {n: b.watt_hours_used for n, b in ended.items()}
    name = over[0]["contract"]
    assert told(HOUSE, settings, UTC, made.clock.now().wall_ms, Wanted(name[:8])) == 0
    listed = capsys.readouterr().out
    assert "accepted: " in listed
    assert "Final energy accounting" in listed


def test_a_break_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written: list[tuple[int, bytes]] = []
    journal = Journal(lambda body, wall_ms: written.append((wall_ms, body)))
    for at, line in (*OFFER, (62, heard("Active", 5, 4)), (62, said("Active", 6, 5, 80))):
        journal.note(now(at), [line])
    settings = kept(tmp_path, [*written[:2], *written[3:]])
    assert told(HOUSE, settings, UTC, OVER_MS, Wanted()) == 1
    text, wrong = capsys.readouterr()
    assert "the chain is broken" in text
    assert wrong == (
        "The chain is broken at 2026-01-27 05:01:02: 1 entries before entry 3 were never stored.\n"
    )
    with closing(sqlite3.connect(tmp_path / "store.db")) as link:
        link.execute("DELETE FROM journal WHERE position = 2")
        link.commit()
    assert told(HOUSE, settings, UTC, OVER_MS, Wanted(as_json=True)) == 1
    text, wrong = capsys.readouterr()
    assert json.loads(text)["breaks"][0].startswith("entry 2 does not follow from the one before")
    assert wrong.startswith("The chain is broken at 2026-01-27 05:01:02: entry 2 does not follow")


def test_an_end_that_is_missing_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written: list[tuple[int, bytes]] = []
    journal = Journal(lambda body, wall_ms: written.append((wall_ms, body)))
    for at, line in (*OFFER, (700, said("TerminatedByScada", 1, 3, 700, "cold"))):
        journal.note(now(at), [line])
    settings = kept(tmp_path, written)
    assert told(HOUSE, settings, UTC, OVER_MS, Wanted()) == 0
    capsys.readouterr()
    with closing(sqlite3.connect(tmp_path / "store.db")) as link:
        link.execute("DELETE FROM journal WHERE position = (SELECT max(position) FROM journal)")
        link.commit()
    assert told(HOUSE, settings, UTC, OVER_MS, Wanted()) == 1
    text, wrong = capsys.readouterr()
    assert "2 entries of 1 contracts; the chain is whole, but its end is missing or in doubt, and" in text
    assert wrong == (
        "The journal ends at entry 2, but entry 3 was noted in the database as its last: "
        "1 entry is missing from its end.\n"
    )
    assert told(HOUSE, settings, UTC, OVER_MS, Wanted(as_json=True)) == 1
    assert json.loads(capsys.readouterr().out)["whole"] is False


def test_what_cannot_be_read_gets_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[store]\nfolder = "{tmp_path}"\n', encoding="utf-8")
    assert scada.main(["contracts", "--config", str(config)]) == 1
    assert "does not exist: nothing has been stored in" in capsys.readouterr().err
    kept(tmp_path, [])
    assert scada.main(["contracts", "--config", str(config)]) == 0
    assert capsys.readouterr().out == "0 entries of 0 contracts; the chain is whole.\n"
    assert scada.main(["contracts", "--config", str(config), "--contract", "abc"]) == 1
    assert "No contract whose id begins with 'abc'" in capsys.readouterr().err
    config.write_text('[stor]\nfolder = "x"\n', encoding="utf-8")
    assert scada.main(["contracts", "--config", str(config)]) == scada.EXIT_CONFIG
    assert "stor" in capsys.readouterr().err
