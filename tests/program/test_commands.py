"""The command line as people meet it: exit codes, sentences, nothing silent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import scada as program
from tests.program.processes import ROOT, Process, config

COMMANDS = ("run", "check", "demo", "layout", "settings", "diagram", "status", "simulate")


def scada(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scada.py"), *arguments],
        cwd=folder,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("arguments", [(), ("run",), ("check",), ("settings",)])
def test_a_missing_config_is_an_error_that_names_the_demo(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = scada(tmp_path, *arguments)
    assert done.returncode == 78
    assert done.stderr == (
        "config.toml: there is no such file. To watch a simulated house without one: python scada.py demo\n"
    )
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_check_says_what_would_run_and_that_nothing_real_is_switched(tmp_path: Path) -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    for port in ("port = 8080", "port = 8000"):  # others may run here
        assert text.count(port) == 1
        text = text.replace(port, "port = 0")
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    done = scada(tmp_path, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "SIMULATED (twin): nothing real is switched" in done.stdout
    assert "Little Orange House" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_check_tells_every_mistake_at_once_with_the_nearest_right_thing(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[site]\nlayout = "orange"\ntime_zon = "America/New_York"\n[loop]\ntick_ms = 5\n', encoding="utf-8"
    )
    done = scada(tmp_path, "check")
    assert done.returncode == 78
    assert done.stderr == (
        "config.toml [site]: unknown key 'time_zon'. Did you mean 'time_zone'?\n"
        "config.toml [loop]: tick_ms must be a whole number from 20 to 1000, not 5.\n"
    )


def test_run_refuses_what_check_refuses(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[upstream]\nhost = "broker.example"\ntls = false\n', encoding="utf-8"
    )
    checked, ran = scada(tmp_path, "check"), scada(tmp_path, "run")
    assert (checked.returncode, ran.returncode) == (78, 78)
    assert checked.stderr == ran.stderr != ""


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ('[page]\nport = 0\nlisten = "0.0.0.0"\ntoken_file = "token"\n', "at least 32 random letters"),
        (
            '[weather]\nsource = "csv"\ncsv_file = "empty.csv"\n',
            "[weather] csv_file: {}/empty.csv: a weather",
        ),
        ('[twin]\nweather_csv = "empty.csv"\n', "[twin] weather_csv: {}/empty.csv: a weather file needs"),
        ('[store]\nfolder = "empty.csv"\n', "[store] folder: {}/empty.csv cannot be written to (Not a dir"),
        ('[store]\nfolder = "/proc/x"\n', "[store] folder: /proc/x cannot be made in /proc (No such"),
        ("[page]\nport = {port}\n", "Port {port} on 127.0.0.1 is already taken"),
        ("[page]\nport = 0\n[devices]\nport = {port}\n", "Port {port} on 127.0.0.1 is already taken"),
    ],
)
def test_check_finds_what_run_would_stumble_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, sentence: str
) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "token").write_text("secret", encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    settings = tmp_path / "config.toml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        text = more.replace("{port}", port)
        text += "".join(f"[{t}]\nport = 0\n" for t in ("page", "devices") if f"[{t}]" not in more)
        settings.write_text(text, encoding="utf-8")
        assert program.main(["check", "--config", str(settings)]) == 78
    said = capsys.readouterr().err
    assert sentence.replace("{port}", port).replace("{}", str(tmp_path)) in said
    assert said.count("\n") == 1


def test_check_beside_a_running_program_says_nothing_of_its_ports(tmp_path: Path) -> None:
    settings = config(tmp_path, 1)
    first = Process(settings).up()
    port = first.page.rstrip("/").rpartition(":")[2]
    settings.write_text(settings.read_text().replace("[page]\nport = 0", f"[page]\nport = {port}"))
    assert program.main(["check", "--config", str(settings)]) == 0
    assert first.end() == 0


@pytest.mark.parametrize("house", ["orange", "beech"])
def test_a_layout_prints_as_tables_and_as_json(tmp_path: Path, house: str) -> None:
    text = scada(tmp_path, "layout", "show", house)
    assert text.returncode == 0
    found = json.loads(scada(tmp_path, "layout", "show", house, "--json").stdout)
    assert found["name"] == house
    for relay in found["relays"]:
        assert relay["channel"] in text.stdout


def test_a_wrong_house_gets_a_sentence(tmp_path: Path) -> None:
    done = scada(tmp_path, "layout", "show", "oranje")
    assert (done.returncode, done.stderr) == (
        78,
        "layouts/oranje.toml: there is no such file. Did you mean 'orange'?\n",
    )


@pytest.mark.parametrize(
    ("form", "begins"), [("mermaid", "stateDiagram-v2"), ("dot", "digraph"), ("svg", "<svg")]
)
def test_the_diagram_comes_in_three_forms(tmp_path: Path, form: str, begins: str) -> None:
    done = scada(tmp_path, "diagram", "--format", form)
    assert done.returncode == 0
    assert done.stdout.startswith(begins)
    assert "HpOnStoreCharge" in done.stdout


def test_status_says_that_nothing_runs(tmp_path: Path) -> None:
    done = scada(tmp_path, "status", "--url", "http://127.0.0.1:1/")
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--tick", "100"), "--tick: 100.0 s is not between 0.02 and 60."),
        (("--weather", "nofile.csv"), "nofile.csv: the weather file cannot be read"),
        (("--start", "yesterday"), "--start: 'yesterday' is not a date and time"),
        (("--days", "-1"), "--days: -1.0 is not a positive number of days."),
        (("--house", "nowhere"), "layouts/nowhere.toml: there is no such file"),
    ],
)
def test_simulate_refuses_with_a_sentence(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = scada(tmp_path, "simulate", *arguments)
    assert done.returncode == 78
    assert done.stderr.startswith(sentence)


def test_simulate_prints_every_figure_of_a_run(tmp_path: Path) -> None:
    done = scada(tmp_path, "simulate", "--days", "0.1", "--json")
    assert done.returncode == 0
    figures = json.loads(done.stdout)
    assert figures["ticks"] == 864
    assert {
        "cost_usd", "kwh_el", "onpeak_kwh", "discomfort_kh", "t_min_c", "starts", "energy_closure", "wall_s",
    } <= figures.keys()  # fmt: skip
    assert figures["energy_closure"] < 1e-9


def test_a_second_program_on_the_same_store_is_refused(tmp_path: Path) -> None:
    settings = config(tmp_path, 1)
    first = Process(settings).up()
    done = scada(tmp_path, "run", "--config", str(settings))
    assert done.returncode == 78
    assert "another" in done.stderr.lower()
    assert first.status()["state"].startswith("HomeAlone.")
    assert first.end() == 0


def test_a_busy_port_gets_a_sentence(tmp_path: Path) -> None:
    first = Process(config(tmp_path, 1)).up()
    port = first.page.rstrip("/").rpartition(":")[2]
    (tmp_path / "other").mkdir()
    settings = config(tmp_path / "other", 1)
    settings.write_text(settings.read_text().replace("[page]\nport = 0", f"[page]\nport = {port}"))
    done = scada(tmp_path / "other", "run", "--config", str(settings))
    assert done.returncode == 78
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 is already taken")
    assert first.end() == 0


REAL_RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import scada
program, build = [], scada.build
scada.stop_signal = lambda: lambda: "enough" if program and program[0].ledger.count >= 3 else ""
scada.build = lambda *a, **k: program.append(build(*a, **k)) or program[0]
code = scada.main(["run"])
print([m for m in sorted(sys.modules) if m.split(".")[0] == "tests" or m.startswith("hw.twin")], code)
print(program[0].parts.ports.simulated == "", program[0].ledger.count)
"""


def test_a_run_on_real_buses_never_loads_the_twin_or_the_tests(tmp_path: Path) -> None:
    """Boards that are not there are a fault, never simulated boards; a missing bus keeps nothing else."""
    (tmp_path / "config.toml").write_text(
        '[hardware]\nbus = "real"\ni2c_number = 20\n[weather]\nsource = "coldest-of-month"\n'
        "[page]\nport = 0\n[devices]\nport = 0\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", REAL_RUN, str(ROOT)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[] 0\nTrue 3\n", done.stdout + done.stderr
    assert "<3>/dev/i2c-20 is missing: switch I2C on (sudo raspi-config" in done.stderr


def test_every_command_explains_itself(tmp_path: Path) -> None:
    top = scada(tmp_path, "--help").stdout
    for command in COMMANDS:
        assert command in top
        assert scada(tmp_path, command, "--help").returncode == 0


def test_ctrl_c_while_it_is_being_loaded_ends_it_without_a_traceback(tmp_path: Path) -> None:
    """The first import of the program waits for the signal here, as a slow disk would make it wait."""
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw" / "__init__.py").write_text(
        "import time\nprint('loading', flush=True)\ntime.sleep(30)\n"
    )
    (tmp_path / "scada.py").write_bytes((ROOT / "scada.py").read_bytes())
    child = subprocess.Popen(
        [sys.executable, "scada.py", "demo"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"loading\n"
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=10)
    assert (child.returncode, said) == (-signal.SIGINT, b"")
