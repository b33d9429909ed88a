"""The demo as a tinkerer meets it: address at once, a story within a minute, nothing left behind."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.atn.broker import mosquitto_path
from tests.atn.children import end, start
from tests.need import need
from tests.program.processes import PAGE, ROOT

pytestmark = pytest.mark.slow


class Demo:
    """`python scada.py demo --port 0` and what it prints."""

    def __init__(self, *arguments: str) -> None:
        self.child = start(
            [sys.executable, "-u", str(ROOT / "scada.py"), "demo", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.text = ""

    def wait_for(self, words: str, seconds: float) -> None:
        pipe = self.child.stdout
        assert pipe is not None
        deadline = time.monotonic() + seconds
        while words not in self.text:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise AssertionError(f"{words!r} never came:\n{self.text}")
            data = os.read(pipe.fileno(), 65536)
            assert data, f"it ended before {words!r}:\n{self.text}"
            self.text += data.decode()

    def rest(self) -> str:
        """Everything to the end."""
        out, _ = self.child.communicate(timeout=60)
        self.text += out.decode()
        return self.text

    @property
    def page(self) -> str:
        found = PAGE.search(self.text)
        assert found is not None
        return found.group(0)

    def family(self) -> list[int]:
        """Processes it has started: the broker, the ATN, the writer of its store."""
        listed = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text(encoding="ascii")
        return [int(pid) for pid in listed.split()]


@pytest.fixture
def demos() -> Iterator[list[Demo]]:
    made: list[Demo] = []
    yield made
    for demo in made:
        end(demo.child)


def gone(pids: list[int], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.server
@pytest.mark.parametrize("broker", ["mosquitto", "amqtt"])
def test_the_first_minute_tells_a_story(broker: str, demos: list[Demo]) -> None:
    need(broker != "mosquitto" or mosquitto_path(), "mosquitto is not installed")
    demo = Demo("--broker", broker, "--speed", "120", "--minutes", "0.5")
    demos.append(demo)
    demo.wait_for("stop      Ctrl-C", 10)
    assert "SIMULATED, nothing real is switched" in demo.text
    with urllib.request.urlopen(f"{demo.page}ping", timeout=5) as answer:
        assert answer.read() == b"pong"
    family = demo.family()
    assert len(family) == 3
    story = demo.rest()
    assert demo.child.returncode == 0
    cues = (
        "HomeAlone Initializing -> HpOnStoreOff",
        "ATN offers",
        "contract accepted",
        "-> AtnControlled",
        "DEMO cuts the cloud link",
        "no heartbeat for 120 s; at 150 s the house goes on alone",
        "contract lost: no ATN heartbeat for 150 s",
        "-> HomeAlone Initializing   no ATN heartbeat for 150 s",
        "DEMO mends the cloud link",
        "min of the house are too short to compare with a plain thermostat",
    )
    places = [story.find(cue) for cue in cues]
    assert -1 not in places, (cues[places.index(-1)], story)
    assert places == sorted(places)
    assert "no heartbeat for 90 s" in story
    assert "no heartbeat for 150 s" not in story, "then it has happened, and the house says so itself"
    for words in ("DEMO cuts", "DEMO mends", "no heartbeat for 120 s", "so far", "ATN offers"):
        assert re.search(rf"^\d\d:\d\d:\d\d {words}", story, re.MULTILINE), words
    assert "Traceback" not in story
    assert gone(family)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_no_child_is_left(number: signal.Signals, demos: list[Demo]) -> None:
    demo = Demo()
    demos.append(demo)
    demo.wait_for("stop      Ctrl-C", 10)
    time.sleep(1)
    family = demo.family()
    assert len(family) == 3
    demo.child.send_signal(number)
    demo.rest()
    assert demo.child.returncode == (0 if number != signal.SIGKILL else -9)
    assert gone(family)


def test_a_busy_port_gets_a_sentence_and_leaves_nothing(demos: list[Demo]) -> None:
    demo = Demo()
    demos.append(demo)
    demo.wait_for("stop      Ctrl-C", 10)
    port = demo.page.rstrip("/").rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, str(ROOT / "scada.py"), "demo", "--port", port],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 is already taken")
    assert "--port" in done.stderr
