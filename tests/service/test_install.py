"""Installing, judging and removing the service in a folder that stands for a computer."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hw.service import FAILED, NO_PERMISSION, REFUSED, Wishes, service
from hw.service_machine import Machine
from hw.service_site import CHECKOUT
from hw.service_status import NOT_INSTALLED, NOT_RUNNING, RUNS
from hw.service_steps import RECORD
from hw.service_units import BOOT_UNIT, UNIT
from tests.service.machine import Computer, Listener

UNITS = "etc/systemd/system"


def do(computer: Computer, what: str, **wishes: bool | str) -> int:
    computer.lines.clear()
    computer.refused.clear()
    return service(what, computer.house, computer.settings, computer.machine, Wishes(**wishes))  # type: ignore[arg-type]


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


# ------------------------------------------------------------------------------------ install, remove


def test_install_writes_enables_and_starts(computer: Computer) -> None:
    assert do(computer, "install") == 0
    for unit in (UNIT, BOOT_UNIT):
        assert f"{CHECKOUT}/hw/failsafe.py --bus 1 0x20 0x21" in (computer.root / UNITS / unit).read_text()
        link = computer.root / UNITS / "multi-user.target.wants" / unit
        assert str(link.readlink()) == f"/{UNITS}/{unit}"
    assert "User=pi" in (computer.root / UNITS / UNIT).read_text()
    assert (computer.root / "etc/systemd/system.conf.d/50-spaceheat-watchdog.conf").exists()
    assert computer.listener.heard == ["daemon-reload", "daemon-reexec", f"restart {UNIT}"]
    assert "The way back" in computer.said


def test_the_store_is_made_for_its_user_alone(computer: Computer) -> None:
    do(computer, "install")
    store = computer.site / "var"
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    if os.geteuid() == 0:
        assert store.stat().st_uid == 1000


def test_remove_leaves_the_computer_as_it_was(computer: Computer) -> None:
    computer.put(f"{UNITS}/other.service", "[Service]\n")
    before = computer.tree()
    do(computer, "install")
    assert computer.tree() != before
    assert do(computer, "remove") == 0
    assert computer.tree() == before
    assert computer.listener.heard[-2:] == [f"stop {UNIT}", "daemon-reload"]


def test_remove_without_an_installation_does_nothing(computer: Computer) -> None:
    before = computer.tree()
    assert do(computer, "remove") == 0
    assert "nothing is installed" in computer.said
    assert computer.tree() == before
    assert computer.listener.heard == []


def test_installing_twice_is_the_same_as_once_and_is_undone_in_one_go(computer: Computer) -> None:
    before = computer.tree()
    do(computer, "install")
    once = computer.tree()
    assert do(computer, "install") == 0
    assert computer.tree() == once
    do(computer, "remove")
    assert computer.tree() == before


def test_a_store_with_data_survives_the_removal(computer: Computer) -> None:
    do(computer, "install")
    (computer.site / "var" / "scada.db").write_text("readings")
    do(computer, "remove")
    assert (computer.site / "var" / "scada.db").read_text() == "readings"


def test_a_unit_that_somebody_changed_is_removed_all_the_same(computer: Computer) -> None:
    do(computer, "install")
    unit = computer.root / UNITS / UNIT
    unit.write_text(unit.read_text() + "# mine\n")
    do(computer, "remove")
    assert not unit.exists()


def test_a_setting_changed_since_is_not_taken_back(computer: Computer) -> None:
    conf = computer.root / "etc/sysctl.d/50-spaceheat-panic.conf"
    do(computer, "install")
    conf.write_text("kernel.panic = 5\n")
    do(computer, "remove")
    assert conf.read_text() == "kernel.panic = 5\n"
    assert "was changed since" in computer.said


def test_a_file_that_was_there_before_says_again_what_it_said(computer: Computer) -> None:
    conf = computer.put("etc/sysctl.d/50-spaceheat-panic.conf", "kernel.panic = 3\n")
    do(computer, "install")
    assert "kernel.panic = 10" in conf.read_text()
    do(computer, "remove")
    assert conf.read_text() == "kernel.panic = 3\n"


def test_a_dry_run_prints_and_touches_nothing(computer: Computer) -> None:
    before = computer.tree()
    assert do(computer, "install", dry_run=True) == 0
    assert computer.tree() == before
    assert computer.listener.heard == []
    assert "ExecStopPost=" in computer.said
    assert "would link" in computer.said


def test_without_systemd_nothing_is_started(tmp_path: Path) -> None:
    computer = Computer(tmp_path, systemd=False)
    assert do(computer, "install") == 0
    assert (computer.root / UNITS / UNIT).exists()
    assert computer.listener.heard == []
    assert "next boot" in computer.said


def test_a_folder_for_a_system_never_speaks_to_the_real_systemd(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    assert not Machine(tmp_path).runs_systemd
    assert Machine(tmp_path).systemctl("is-active", UNIT) == (1, "systemd does not run here")


def test_start_can_wait(computer: Computer) -> None:
    do(computer, "install", start=False)
    assert f"restart {UNIT}" not in computer.listener.heard


def test_a_service_that_does_not_start_is_told(tmp_path: Path) -> None:
    computer = Computer(tmp_path, listener=Listener(fails=[f"restart {UNIT}"]))
    do(computer, "install")
    assert f"{UNIT} did not start: it does not want to" in computer.said


def test_half_an_installation_can_be_removed(computer: Computer) -> None:
    """What stops it here: a folder where a file should go."""
    before = computer.tree()
    blocked = computer.root / "etc/sysctl.d/50-spaceheat-panic.conf"
    blocked.mkdir(parents=True)
    assert do(computer, "install") == FAILED
    assert "service remove" in computer.refused[0]
    assert (computer.root / UNITS / UNIT).exists()
    do(computer, "remove")
    blocked.rmdir()
    blocked.parent.rmdir()
    assert computer.tree() == before


def test_a_damaged_record_is_a_sentence(computer: Computer) -> None:
    computer.put(RECORD.lstrip("/"), '{"checkout": 7}')
    assert do(computer, "remove") == REFUSED
    assert "installed.json cannot be understood" in computer.refused[0]


# ---------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("what", ["install", "remove"])
def test_only_root_may_change_the_system(computer: Computer, what: str) -> None:
    machine = Machine("/", uid=1000, run=computer.listener, complain=computer.refused.append)
    assert service(what, computer.house, computer.settings, machine, Wishes()) == NO_PERMISSION
    assert "sudo" in computer.refused[0]
    assert computer.listener.heard == []


def test_a_simulated_house_is_not_installed(computer: Computer) -> None:
    computer.config.write_text('[hardware]\nbus = "twin"\n')
    before = computer.tree()
    assert do(computer, "install") == REFUSED
    assert "simulated house" in computer.refused[0]
    assert computer.tree() == before
    assert do(computer, "show") == 0
    assert "note: " in computer.refused[0]


@pytest.mark.parametrize(
    ("user", "words"), [("nobody-here", "there is no user 'nobody-here'"), ("root", "does not run as 'root'")]
)
def test_the_user_must_be_there_and_not_be_root(computer: Computer, user: str, words: str) -> None:
    assert do(computer, "install", user=user) == REFUSED
    assert words in computer.refused[0]


def test_every_group_must_be_there(computer: Computer) -> None:
    computer.put("etc/group", "pi:x:1000:\ni2c:x:998:\ndialout:x:20:\n")
    assert do(computer, "install") == REFUSED
    assert computer.refused == [
        "service: there is no group 'gpio' here; make it: sudo groupadd --system gpio"
    ]


def test_the_service_of_another_checkout_is_not_overwritten(computer: Computer) -> None:
    do(computer, "install")
    unit = computer.root / UNITS / UNIT
    unit.write_text(unit.read_text().replace(str(CHECKOUT), "/home/pi/elsewhere"))
    assert do(computer, "install") == REFUSED
    assert "/home/pi/elsewhere" in computer.refused[0]


@pytest.mark.parametrize(
    "words",
    [
        "/home/pi/x/.venv/bin/python\0/home/pi/x/scada.py\0run\0",
        "python\0scada.py\0",
        "/home/pi/gw/venv/bin/python\0/home/pi/gw/venv/bin/gws\0run\0",
    ],
)
def test_a_program_that_runs_by_hand_is_a_second_writer(computer: Computer, words: str) -> None:
    computer.put("proc/4711/cmdline", words)
    assert do(computer, "install") == REFUSED
    assert "process 4711 drives the relays already" in computer.refused[0]


@pytest.mark.parametrize(
    "words", ["vi\0scada.py\0", "python\0scada.py\0status\0", "gwsomething\0", "", "x" * 99]
)
def test_other_processes_are_nobodys_business(computer: Computer, words: str) -> None:
    computer.put("proc/4711/cmdline", words)
    computer.put("proc/self/cmdline", "python\0scada.py\0run\0")
    assert do(computer, "install") == 0


def test_our_own_running_service_may_be_installed_anew(computer: Computer) -> None:
    computer.put("proc/4711/cmdline", "python\0scada.py\0run\0")
    computer.listener.shows["MainPID"] = "4711\n"
    assert do(computer, "install") == 0


# ---------------------------------------------------------------------------------- an older service


def test_an_older_service_is_a_second_writer(computer: Computer) -> None:
    computer.older()
    before = computer.tree()
    assert do(computer, "install") == REFUSED
    assert "gwspaceheat-restart.timer" in computer.refused[0]
    assert "--take-over" in computer.refused[0]
    assert computer.tree() == before


def test_one_that_is_only_lying_there_counts_too(computer: Computer) -> None:
    computer.older(enabled=False)
    assert do(computer, "install") == REFUSED


def test_a_person_may_say_yes_to_the_service_and_no_to_its_settings(computer: Computer) -> None:
    computer.older()
    computer.answers["Stop and disable"] = True
    before = computer.config.read_text()
    assert do(computer, "install") == 0
    assert len(computer.asked) == 2
    assert computer.config.read_text() == before


def test_it_is_stopped_timer_first_and_given_back_by_remove(computer: Computer) -> None:
    computer.older()
    computer.listener.active = {"gwspaceheat.service", "gwspaceheat-restart.timer"}
    computer.put("proc/99/cmdline", "/home/pi/gw/venv/bin/python\0gws\0run\0")
    before = computer.tree()
    assert do(computer, "install", take_over=True) == 0
    heard = computer.listener.heard
    assert heard[:3] == [
        "stop gwspaceheat-restart.timer", "stop gwspaceheat-restart.service", "stop gwspaceheat.service",
    ]  # fmt: skip
    assert heard.index("stop gwspaceheat.service") < heard.index(f"restart {UNIT}")
    wants = list((computer.root / UNITS).glob("*.wants/gwspaceheat*"))
    assert wants == []
    do(computer, "remove")
    assert computer.tree() == before
    assert heard[-2:] == ["start gwspaceheat.service", "start gwspaceheat-restart.timer"]


# ------------------------------------------------------------------------------------------- status


def test_status_before_after_and_running(computer: Computer) -> None:
    assert do(computer, "status") == NOT_INSTALLED
    assert f"/{UNITS}/{UNIT}: not installed" in computer.lines
    do(computer, "install")
    computer.listener.shows = {"RuntimeWatchdogUSec": "14s\n", UNIT: "ActiveState=failed\nNRestarts=3\n"}
    assert do(computer, "status") == NOT_RUNNING
    assert f"/{UNITS}/{UNIT}: as it should be" in computer.lines
    assert f"{BOOT_UNIT}: enabled" in computer.lines
    assert "NRestarts: 3" in computer.lines
    assert "hardware watchdog: 14s; there is no /dev/watchdog" in computer.lines
    computer.listener.shows[UNIT] = "ActiveState=active\nMainPID=7\nStatusText=HomeAlone.Normal\n"
    assert do(computer, "status") == RUNS
    assert "StatusText: HomeAlone.Normal" in computer.lines


def test_status_tells_what_has_drifted(computer: Computer) -> None:
    do(computer, "install")
    unit = computer.root / UNITS / UNIT
    unit.write_text(unit.read_text().replace("WatchdogSec=20", "WatchdogSec=90"))
    (computer.root / UNITS / "multi-user.target.wants" / BOOT_UNIT).unlink()
    computer.listener.shows["RuntimeWatchdogUSec"] = "0\n"
    do(computer, "status")
    assert "    -WatchdogSec=90" in computer.lines
    assert "    +WatchdogSec=20" in computer.lines
    assert f"{BOOT_UNIT}: NOT enabled" in computer.lines
    assert any(line.startswith("hardware watchdog: 0, not 14s") for line in computer.lines)


def test_status_names_an_older_service(computer: Computer) -> None:
    computer.older()
    computer.listener.active = {"gwspaceheat.service"}
    do(computer, "status")
    assert "older service gwspaceheat.service: active" in computer.lines
    assert "older service gwspaceheat-restart.timer: enabled" in computer.lines


def test_status_in_a_folder_says_that_it_cannot_ask(tmp_path: Path) -> None:
    computer = Computer(tmp_path, systemd=False)
    do(computer, "install")
    assert do(computer, "status") == NOT_RUNNING
    assert "hardware watchdog: 14s from the next boot" in computer.lines
    assert any("cannot be asked" in line for line in computer.lines)
