"""The units say what they must, and systemd's own tools find nothing to object to."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from hw.service_site import CHECKOUT, site_of
from hw.service_units import BOOT_UNIT, UNIT, Site, boot_unit, files, links, main_unit
from layouts.load import load_house
from tests.need import need
from tests.service.machine import Computer

SITE = Site(
    house="Oak", checkout="/home/pi/scada", config="/home/pi/scada/config.toml",
    python="/home/pi/scada/.venv/bin/python", user="pi", group="pi", store="/home/pi/scada/var",
    i2c_number=1, boards=(0x20, 0x21),
)  # fmt: skip


def rows(text: str, section: str = "Service") -> list[tuple[str, str]]:
    part = text.split(f"[{section}]\n", 1)[1].split("\n[", 1)[0]
    return [(line.split("=", 1)[0], line.split("=", 1)[1]) for line in part.splitlines() if "=" in line]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("Unit", "StartLimitIntervalSec", "0"),
        ("Unit", "Wants", BOOT_UNIT),
        ("Unit", "Conflicts", "gwspaceheat.service gwspaceheat2.service"),
        ("Service", "Type", "notify"),
        ("Service", "NotifyAccess", "main"),
        ("Service", "WatchdogSec", "20"),
        ("Service", "Restart", "always"),
        ("Service", "User", "pi"),
        ("Service", "SupplementaryGroups", "i2c dialout gpio"),
        ("Service", "ProtectHome", "tmpfs"),
        ("Service", "BindReadOnlyPaths", "/home/pi/scada"),
        ("Service", "BindPaths", "/home/pi/scada/var"),
        (
            "Service",
            "ExecStart",
            "/home/pi/scada/.venv/bin/python /home/pi/scada/scada.py run --config /home/pi/scada/config.toml",
        ),
        (
            "Service",
            "ExecStopPost",
            "/usr/bin/python3 -I /home/pi/scada/hw/failsafe.py --bus 1 0x20 0x21",
        ),
    ],
)
def test_the_main_unit_says(section: str, key: str, value: str) -> None:
    assert (key, value) in rows(main_unit(SITE), section)


def test_it_backs_off_without_giving_up_as_far_as_systemd_can() -> None:
    old, new = dict(rows(main_unit(SITE))), dict(rows(main_unit(replace(SITE, systemd=254))))
    assert (old["RestartSec"], "RestartSteps" in old) == ("5", False)
    assert (new["RestartSec"], new["RestartSteps"], new["RestartMaxDelaySec"]) == ("2", "6", "60")


def test_secrets_are_handed_over_and_other_files_are_shown() -> None:
    site = replace(
        SITE, credentials=(("upstream.key_file", "/home/pi/k.pem"),), readable=("/home/pi/ca.crt",)
    )
    found = rows(main_unit(site))
    assert ("LoadCredential", "upstream.key_file:/home/pi/k.pem") in found
    assert ("BindReadOnlyPaths", "/home/pi/ca.crt") in found
    assert not [value for key, value in found if key.startswith("Bind") and "k.pem" in value]


def test_the_boot_unit_releases_the_relays_before_the_program() -> None:
    text = boot_unit(SITE)
    assert ("Before", UNIT) in rows(text, "Unit")
    assert ("ExecStart", "-/usr/bin/python3 -I /home/pi/scada/hw/failsafe.py --bus 1 0x20 0x21") in rows(text)
    after = dict(rows(text, "Unit"))["After"]
    assert "systemd-modules-load.service" in after
    assert "systemd-udev-settle.service" in after


def test_a_computer_without_relays_has_no_failsafe_to_run() -> None:
    site = replace(SITE, boards=())
    assert "failsafe" not in main_unit(site)
    assert [path for path in files(site) if BOOT_UNIT in path] == []
    assert len(links(site)) == 1


def test_the_hardware_watchdog_and_the_panic_are_set() -> None:
    found = files(SITE)
    assert (
        "[Manager]\nRuntimeWatchdogSec=14\n" in found["/etc/systemd/system.conf.d/50-spaceheat-watchdog.conf"]
    )
    assert "kernel.panic = 10\n" in found["/etc/sysctl.d/50-spaceheat-panic.conf"]


def test_a_percent_sign_in_a_name_is_no_specifier() -> None:
    assert "of 100%% Oak" in main_unit(replace(SITE, house="100% Oak"))


def test_the_second_computer_of_a_house_writes_no_relay(tmp_path: Path) -> None:
    computer = Computer(tmp_path)
    layout = tmp_path / "two.toml"
    beech = (CHECKOUT / "layouts" / "beech.toml").read_text()
    layout.write_text(beech + '\n[nodes.power-meter]\nruns_on = "s2"\n')
    settings = replace(
        computer.settings, site=replace(computer.settings.site, role="secondary", layout=str(layout))
    )
    assert site_of(load_house(str(layout)), settings, computer.machine).boards == ()
    settings = replace(settings, site=replace(settings.site, role="primary"))
    assert site_of(load_house(str(layout)), settings, computer.machine).boards == (0x20, 0x21)


# ----------------------------------------------------------------------------- the judgement of systemd


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The units of this very checkout in a folder, for the tools of systemd."""
    need(shutil.which("systemd-analyze"), "systemd-analyze is not installed (package systemd)")
    computer = Computer(tmp_path)
    site = site_of(computer.house, computer.settings, computer.machine)
    folder = tmp_path / "units"
    folder.mkdir()
    for path, text in files(site).items():
        if path.endswith(".service"):
            (folder / Path(path).name).write_text(text)
    return folder


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_the_exposure_of_the_program_is_at_most_one_and_a_half(written: Path) -> None:
    done = analyze("security", "--no-pager", "--offline=true", "--threshold=15", str(written / UNIT))
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) <= 1.5, done.stdout
    assert done.returncode == 0


def test_the_exposure_test_would_notice(written: Path) -> None:
    unit = written / UNIT
    unit.write_text(unit.read_text().replace("NoNewPrivileges=yes\n", "").replace("User=pi\n", ""))
    assert analyze("security", "--no-pager", "--offline=true", "--threshold=15", str(unit)).returncode != 0


def test_systemd_finds_no_fault_with_the_units(written: Path) -> None:
    done = analyze("verify", "--man=no", str(written / UNIT), str(written / BOOT_UNIT))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_interpreter_of_the_unit_is_the_one_of_the_virtual_environment(tmp_path: Path) -> None:
    computer = Computer(tmp_path)
    assert site_of(computer.house, computer.settings, computer.machine).python == sys.executable
