"""The systemd units of one installation as text: the program, the failsafe at boot, the hardware watchdog.

Source of the keys: systemd.service(5), systemd.exec(5), systemd-system.conf(5) of systemd 252.
"""

from __future__ import annotations

from msgspec import Struct

UNIT = "spaceheat-scada.service"
BOOT_UNIT = "spaceheat-failsafe.service"
OLDER = ("gwspaceheat.service", "gwspaceheat2.service")
"""Services of the reference program: they write to the same boards, so ours and they exclude each other."""
SYSTEM_PYTHON = "/usr/bin/python3"
"""Runs the failsafe: it must not depend on a virtual environment."""
GROUPS = ("i2c", "dialout", "gpio")
STEPS_SINCE = 254
"""RestartSteps and RestartMaxDelaySec exist from this systemd on."""
WATCHDOG_FILE = "/etc/systemd/system.conf.d/50-spaceheat-watchdog.conf"
PANIC_FILE = "/etc/sysctl.d/50-spaceheat-panic.conf"
WATCHDOG_S = 14
"""The Pi's own timer counts 15 s at most."""

Rows = tuple[tuple[str, str], ...]


class Site(Struct, frozen=True, kw_only=True):
    """What the units are written for. Paths are absolute; `boards` are I2C addresses, and may be none."""

    house: str
    checkout: str
    config: str
    python: str
    user: str
    group: str
    store: str
    i2c_number: int
    boards: tuple[int, ...]
    credentials: tuple[tuple[str, str], ...] = ()
    """Name and file of every secret, handed over by systemd."""
    readable: tuple[str, ...] = ()
    """What else is read, and lies where the service would see nothing."""
    systemd: int = 252


HARDENING: Rows = (
    ("UMask", "0077"),
    ("NoNewPrivileges", "yes"),
    ("ProtectSystem", "strict"),
    ("ProtectHome", "tmpfs"),
    ("PrivateTmp", "yes"),
    ("PrivateIPC", "yes"),
    ("PrivateMounts", "yes"),
    ("ProtectClock", "yes"),
    ("ProtectControlGroups", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("ProtectProc", "invisible"),
    ("LockPersonality", "yes"),
    ("MemoryDenyWriteExecute", "yes"),
    ("RemoveIPC", "yes"),
    ("RestrictNamespaces", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("SystemCallArchitectures", "native"),
    ("SystemCallFilter", "@system-service"),
    ("SystemCallFilter", "~@privileged @resources @mount @debug @cpu-emulation @obsolete @swap @raw-io"),
    ("SystemCallFilter", "~@reboot @module @clock"),
    ("SystemCallErrorNumber", "EPERM"),
    ("KeyringMode", "private"),
    ("DevicePolicy", "closed"),
)  # fmt: skip
"""What both units give up. /proc stays whole: the program reads the boot id there."""

SERIAL_AND_PINS: Rows = (
    ("DeviceAllow", "char-ttyUSB rw"),
    ("DeviceAllow", "char-ttyACM rw"),
    ("DeviceAllow", "char-ttyAMA rw"),
    ("DeviceAllow", "char-gpiochip rw"),
    ("DeviceAllow", "/dev/gpiomem rw"),
)
LIMITS: Rows = (
    ("MemoryMax", "256M"),
    ("MemorySwapMax", "0"),
    ("TasksMax", "32"),
    ("LimitNOFILE", "256"),
    ("LimitCORE", "0"),
    ("OOMScoreAdjust", "-900"),
)


def main_unit(site: Site) -> str:
    """The unit that runs the program."""
    boot: Rows = (("Wants", BOOT_UNIT), ("After", BOOT_UNIT)) if site.boards else ()
    unit: Rows = (
        ("Description", f"SpaceHeat SCADA of {_plain(site.house)}"),
        ("Documentation", f"file:{site.checkout}/docs/setting-up-the-pi.md"),
        ("After", "network.target"),
        *boot,
        ("Conflicts", " ".join(OLDER)),
        ("StartLimitIntervalSec", "0"),
    )
    return _text(site, ("Unit", unit), ("Service", _main_service(site)), ("Install", WANTED))


WANTED: Rows = (("WantedBy", "multi-user.target"),)


def _main_service(site: Site) -> Rows:
    return (
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("WatchdogSec", "20"),
        ("TimeoutStartSec", "60"),
        ("TimeoutStopSec", "10"),
        ("Restart", "always"),
        *_restarts(site),
        ("WorkingDirectory", site.checkout),
        ("ExecStart", f"{site.python} {site.checkout}/scada.py run --config {site.config}"),
        *((("ExecStopPost", failsafe_command(site)),) if site.boards else ()),
        ("User", site.user),
        ("Group", site.group),
        ("SupplementaryGroups", " ".join(GROUPS)),
        ("CapabilityBoundingSet", ""),
        *(("LoadCredential", f"{name}:{file}") for name, file in site.credentials),
        *_places(site, site.readable),
        ("BindPaths", site.store),
        *HARDENING,
        ("DeviceAllow", f"/dev/i2c-{site.i2c_number} rw"),
        *SERIAL_AND_PINS,
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        *LIMITS,
    )


def _restarts(site: Site) -> Rows:
    """Back off, but never give up."""
    if site.systemd < STEPS_SINCE:
        return (("RestartSec", "5"),)
    return (("RestartSec", "2"), ("RestartSteps", "6"), ("RestartMaxDelaySec", "60"))


def _places(site: Site, more: tuple[str, ...] = ()) -> Rows:
    return tuple(("BindReadOnlyPaths", place) for place in (site.checkout, *more))


def failsafe_command(site: Site) -> str:
    """Releases every relay board, by its address: no file has to be readable for it but the script."""
    boards = " ".join(f"0x{address:02x}" for address in site.boards)
    return f"{SYSTEM_PYTHON} -I {site.checkout}/hw/failsafe.py --bus {site.i2c_number} {boards}"


def boot_unit(site: Site) -> str:
    """Releases the relays as early in the boot as the bus is there, before the program may start."""
    device = f"/dev/i2c-{site.i2c_number}"
    unit: Rows = (
        ("Description", f"Releases every relay of {_plain(site.house)} before its SCADA starts"),
        ("DefaultDependencies", "no"),
        ("RequiresMountsFor", site.checkout),
        ("After", "systemd-modules-load.service systemd-udev-trigger.service systemd-udev-settle.service"),
        ("Before", UNIT),
        ("Conflicts", "shutdown.target"),
        ("Before", "shutdown.target"),
    )
    service: Rows = (
        ("Type", "oneshot"),
        ("ExecStartPre", f"-/usr/bin/udevadm wait --timeout=10 {device}"),
        ("ExecStart", f"-{failsafe_command(site)}"),
        ("TimeoutStartSec", "20"),
        ("CapabilityBoundingSet", "CAP_DAC_READ_SEARCH"),
        *_places(site),
        *HARDENING,
        ("DeviceAllow", f"{device} rw"),
        ("RestrictAddressFamilies", "AF_UNIX AF_NETLINK"),
    )
    return _text(site, ("Unit", unit), ("Service", service), ("Install", WANTED))


def watchdog_conf(site: Site) -> str:
    """The hardware watchdog: a machine that hangs resets itself."""
    return _text(site, ("Manager", (("RuntimeWatchdogSec", str(WATCHDOG_S)),)))


def panic_conf(site: Site) -> str:
    """A kernel that has panicked starts anew after ten seconds."""
    return f"{heading(site)}kernel.panic = 10\n"


def files(site: Site) -> dict[str, str]:
    """Every file an installation consists of: path -> text."""
    boot = {f"/etc/systemd/system/{BOOT_UNIT}": boot_unit(site)} if site.boards else {}
    return {
        f"/etc/systemd/system/{UNIT}": main_unit(site),
        **boot,
        WATCHDOG_FILE: watchdog_conf(site),
        PANIC_FILE: panic_conf(site),
    }


def links(site: Site) -> dict[str, str]:
    """What enabling means: link -> what it points to."""
    units = (UNIT, BOOT_UNIT) if site.boards else (UNIT,)
    return {
        f"/etc/systemd/system/multi-user.target.wants/{unit}": f"/etc/systemd/system/{unit}" for unit in units
    }


MARK = "# Written by `scada.py service install` of "


def heading(site: Site) -> str:
    """The line by which an installation is known for what it is."""
    return f"{MARK}{site.checkout}\n"


def _text(site: Site, *sections: tuple[str, Rows]) -> str:
    parts = ("".join(f"{key}={value}\n" for key, value in rows) for _, rows in sections)
    return heading(site) + "\n".join(
        f"[{name}]\n{part}" for (name, _), part in zip(sections, parts, strict=True)
    )


def _plain(text: str) -> str:
    """A name as a unit may hold it: '%' is special there."""
    return text.replace("%", "%%")
