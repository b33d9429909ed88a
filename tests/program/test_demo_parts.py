"""Parts of the demo by themselves: options, the bill, folders of the dead, children that die unasked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec import convert

import scada
from hw.twin.score import Figures
from tests.atn import children
from tests.atn.bill import LEAST_HOURS, Bill, bill
from tests.atn.broker import Broker
from tests.atn.crew import MOST_RESTARTS, PAUSE_MS, Crew
from tests.atn.folders import folder, sweep

# -------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--minutes", "-1"), "--minutes: -1.0 is not a number of minutes above 0, 525600 at most."),
        (("--minutes", "0"), "--minutes: 0.0 is not a number of minutes above 0, 525600 at most."),
        (("--minutes", "nan"), "--minutes: nan is not a number of minutes above 0, 525600 at most."),
        (("--minutes", "inf"), "--minutes: inf is not a number of minutes above 0, 525600 at most."),
        (("--port", "99999"), "--port: 99999 is not a port; 1 to 65535, or 0 for a free one."),
        (("--port", "-1"), "--port: -1 is not a port; 1 to 65535, or 0 for a free one."),
        (("--speed", "nan"), "--speed: nan is not between 1 and 600."),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scada.main(["demo", *arguments]) == 78
    assert capsys.readouterr() == ("", sentence + "\n")


# ------------------------------------------------------------------------------------------- the bill


def figures(hours: float, cost_usd: float, kwh_heat: float) -> Figures:
    return convert(
        dict.fromkeys(Figures.__struct_fields__, 0)
        | {"hours": hours, "cost_usd": cost_usd, "kwh_heat": kwh_heat},
        Figures,
    )


def test_the_bill_is_honest_when_we_hold_less() -> None:
    """4 kWh less in store: (2 + 8) USD for (40 + 60) kWh of heat is 0.10 USD/kWh, so 0.40 USD."""
    told = bill(figures(8.0, 2.0, 40.0), figures(8.0, 8.0, 60.0), -4 * 3.6e6)
    assert told.words() == (
        "so far: 2.00 USD for 40 kWh of heat; a plain thermostat would have paid 8.00 USD; our tanks and "
        "rooms hold 4 kWh less, worth 0.40 USD: on equal footing 2.40 against 8.00 USD"
    )
    assert told.figures() == {
        "cost_usd": 2.0, "thermostat_usd": 8.0, "heat_kwh": 40.0, "hours": 8.0, "ahead_kwh": -4.0,
        "ahead_usd": -0.4,
    }  # fmt: skip


def test_the_bill_is_honest_when_we_hold_more() -> None:
    words = bill(figures(8.0, 6.0, 60.0), figures(8.0, 4.0, 40.0), 20 * 3.6e6).words()
    assert words.endswith("hold 20 kWh more, worth 2.00 USD: on equal footing 4.00 against 4.00 USD")
    same = bill(figures(8.0, 6.0, 60.0), figures(8.0, 4.0, 40.0), 0.0).words()
    assert same.endswith("a plain thermostat would have paid 4.00 USD and holds as much heat")


def test_a_run_too_short_to_compare_says_so() -> None:
    told = bill(figures(2.0, 1.36, 30.0), figures(2.0, 0.99, 20.0), 0.0)
    assert not told.comparable
    assert "120 min of the house are too short to compare with a plain thermostat" in told.words()
    assert "0.99" not in told.words()
    assert Bill(LEAST_HOURS, 0, 0, 0, 0, 0).comparable
    assert bill(figures(8.0, 0.0, 0.0), figures(8.0, 0.0, 0.0), 3.6e6).ahead_usd == 0.0


# -------------------------------------------------------------------------------------------- folders


def test_folders_of_the_dead_are_swept_at_the_next_start(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, stranger = tmp_path / f"spaceheat-demo-{gone.pid}-abc_1", tmp_path / f"demo-{gone.pid}-abc"
    alive = tmp_path / f"spaceheat-broker-{os.getpid()}-abc"
    for path in (dead, stranger, alive):
        (path / "var").mkdir(parents=True)
    with folder("demo", str(tmp_path)) as made:
        assert Path(made).name.startswith(f"spaceheat-demo-{os.getpid()}-")
        assert sorted(tmp_path.iterdir()) == sorted([stranger, alive, Path(made)])
        assert sweep(tmp_path) == 0
    assert sorted(tmp_path.iterdir()) == sorted([stranger, alive])


# ------------------------------------------------------------------------------------------- the crew


def test_an_atn_that_dies_is_told_of_and_started_again_but_not_for_ever() -> None:
    told: list[str] = []
    made: list[subprocess.Popen[bytes]] = []

    def start(again: int) -> subprocess.Popen[bytes]:
        made.append(children.start([sys.executable, "-c", f"print('run {again}')"], stdout=subprocess.PIPE))
        return made[-1]

    crew = Crew(Broker(), start, told.append)
    lines: list[str] = []
    net_ms = 0
    for _ in range(MOST_RESTARTS + 3):
        made[-1].wait(10)
        for _ in range(3):
            lines += crew.step(net_ms)
        net_ms += PAUSE_MS
        lines += crew.step(net_ms)
    crew.end()
    assert lines == [f"run {again}" for again in range(MOST_RESTARTS + 1)]
    again = "DEMO the ATN has died; it is started again in 2 s"
    assert told == [again] * MOST_RESTARTS + ["DEMO the ATN has died 4 times and stays down"]


def test_a_broker_that_is_killed_comes_back_and_one_that_was_stopped_does_not() -> None:
    told: list[str] = []
    idle = [sys.executable, "-c", "import time; time.sleep(60)"]
    with Broker() as broker:
        crew = Crew(broker, lambda _: children.start(idle, stdout=subprocess.PIPE), told.append)
        first = broker.pid
        assert crew.step(0) == []
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while not broker.died and time.monotonic() < deadline:
            time.sleep(0.01)
        crew.step(0)
        assert told == ["DEMO the broker has died; it is started again in 2 s"]
        crew.step(PAUSE_MS)
        assert broker.pid != first
        assert not broker.died
        broker.stop(wait=False)
        crew.step(10 * PAUSE_MS)
        assert len(told) == 1
        crew.end()
