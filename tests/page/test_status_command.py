"""`scada.py status`: prints what a live program says, and says in a sentence why it cannot."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from layouts.settings import Settings
from proto.commands import NoAnswerError, fetch, status
from proto.status_text import status_text
from states.image import FaultView
from tests.page.bench import TOKEN, PageBench, lived, with_overview, with_raw
from tests.page.live import LivePage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def live() -> Iterator[PageBench]:
    now = lived().image.now
    fault = FaultView("hp-lwt-hot", "Water is \x1b[31mhot", "HEAT_OFF", now.mono_ms - 90_000, now.wall_ms)
    source = with_raw(with_overview(lived(), faults=(fault,)), "hp-lwt", None)
    alive = LivePage(PageBench(source))
    yield alive.bench
    alive.close()


def config(folder: Path, **page: object) -> str:
    lines = [f"{name} = {value!r}".replace("'", '"') for name, value in page.items()]
    text = "[page]\n" + "\n".join(lines) + "\n"
    file = folder / "config.toml"
    file.write_text(text.replace("True", "true").replace("False", "false"))
    return str(file)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[str, str]]:
    return lambda: tuple(capsys.readouterr())  # type: ignore[return-value]


def test_it_prints_the_state_the_reason_and_every_channel(live: PageBench) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scada.py"), "status", "--url", live.page.url],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    overview = lived().decision.overview
    assert overview.path in done.stdout
    assert overview.why.words in done.stdout
    assert "SIMULATED" in done.stdout
    assert "hp-lwt-hot  HEAT_OFF" in done.stdout
    for channel in lived().house.channels:
        assert channel.name in done.stdout


def test_the_page_is_found_through_the_settings(
    live: PageBench, tmp_path: Path, said: Callable[[], tuple[str, str]]
) -> None:
    assert status(None, config(tmp_path, port=live.page.http.port)) == 0
    assert "Little Orange House" in said()[0]


def test_what_is_unknown_prints_as_two_dashes_and_never_as_a_number(live: PageBench) -> None:
    lines = status_text(fetch(live.page.url)).splitlines()
    (line,) = (line for line in lines if line.startswith("hp-lwt "))
    assert line.split() == ["hp-lwt", "--", "°C", "never", "heard"]


def test_nothing_that_came_over_the_network_steers_the_terminal(
    live: PageBench, said: Callable[[], tuple[str, str]], tmp_path: Path
) -> None:
    assert status(live.page.url, str(tmp_path / "no.toml")) == 0
    out, _ = said()
    assert "Water is \N{REPLACEMENT CHARACTER}[31mhot" in out
    assert "\x1b" not in out


def test_nobody_there(tmp_path: Path, said: Callable[[], tuple[str, str]]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert status(None, config(tmp_path, port=port)) == 1
    out, err = said()
    assert out == ""
    assert f"Nothing answers at http://127.0.0.1:{port}" in err
    assert "Is the program running?" in err


def test_somebody_who_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proto.commands.TIMEOUT_S", 0.2)
    mute = socket.create_server(("127.0.0.1", 0))
    with mute, pytest.raises(NoAnswerError, match=r"does not answer within 0\.2 s"):
        fetch(f"http://127.0.0.1:{mute.getsockname()[1]}/")


OTHERS = {
    b"SSH-2.0-OpenSSH_9.2\r\n": "no HTTP",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello": "no JSON",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]": "tells no state",
    b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"state":"up"}': "not this program",
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope": "answers with 404: nope",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n": "answers with 302",
}


@pytest.mark.parametrize("answer", OTHERS, ids=list(OTHERS.values()))
def test_somebody_else(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            sock, _ = server.accept()
            sock.recv(4096)
            sock.sendall(answer)
            sock.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(NoAnswerError, match=OTHERS[answer]):
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "ftp://x", "http://", "http://127.0.0.1:99999/"])
def test_an_address_that_is_none_gets_a_sentence(url: str) -> None:
    with pytest.raises(NoAnswerError, match=r"http|Port"):
        fetch(url)


def test_a_page_switched_off_or_on_any_port_is_said_to_be_so(
    tmp_path: Path, said: Callable[[], tuple[str, str]]
) -> None:
    assert status(None, config(tmp_path, enabled=False)) == 1
    assert "enabled is false" in said()[1]
    assert status(None, config(tmp_path, port=0)) == 1
    assert "--url" in said()[1]


def test_the_token_is_read_from_its_file_and_never_printed(
    tmp_path: Path, said: Callable[[], tuple[str, str]]
) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    base = Settings()
    bench = PageBench(settings=replace(base, page=replace(base.page, token_file=str(file))))
    alive = LivePage(bench)
    try:
        port = bench.page.http.port
        assert status(None, config(tmp_path, port=port, token_file="token")) == 0
        assert TOKEN not in "".join(said())
        assert status(bench.page.url, str(tmp_path / "no.toml")) == 1
        assert "wants its token" in said()[1]
        file.chmod(0o644)
        assert status(None, config(tmp_path, port=port, token_file="token")) == 1
        assert "chmod 600" in said()[1]
    finally:
        alive.close()
