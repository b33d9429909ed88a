"""`/metrics` in the Prometheus text format, made from the content of `/api/status`.

Base units throughout, as that world expects: seconds, celsius, watts, joules, litres per second. What is
unknown has no sample at all, so that no alert rests on a value that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from proto.page.says import SAYS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_GPM_L_PER_S = 0.0630901964

Labels = Mapping[str, str]
Sample = tuple[Labels, float | int | bool | None]

BY_UNIT: dict[str, tuple[str, str, float, float]] = {
    "°C": ("temperature_celsius", "Temperature.", 1.0, 0.0),
    "°F": ("temperature_celsius", "Temperature.", 1 / 1.8, -32 / 1.8),
    "W": ("power_watts", "Electric power.", 1.0, 0.0),
    "gpm": ("flow_liters_per_second", "Flow of water.", _GPM_L_PER_S, 0.0),
    "Hz": ("pulse_hertz", "Pulses of a flow meter.", 1.0, 0.0),
    "V": ("voltage_volts", "Voltage.", 1.0, 0.0),
    "Wh": ("energy_joules", "Energy.", 3600.0, 0.0),
    "energised": ("relay_energised", "Relay coil as its board says, 1 energised.", 1.0, 0.0),
    "state": ("thermostat_state", "Thermostat: 0 idle, 1 heating, 2 pending heat.", 1.0, 0.0),
}
"""Physical unit -> metric, help, factor and offset to the base unit."""
OTHER = ("channel_value", "In the channel's own unit.", 1.0, 0.0)
TICK = (
    ("count", "ticks_total", "counter", "Ticks since start.", 1),
    ("overruns", "tick_overruns_total", "counter", "Ticks that took longer than the period.", 1),
    ("skipped", "ticks_skipped_total", "counter", "Slots that were skipped because a tick was late.", 1),
    ("period_ms", "tick_period_seconds", "gauge", "Time from one tick to the next.", 0.001),
    ("max_ms", "tick_work_max_seconds", "gauge", "Longest work of a tick since start.", 0.001),
)
COMPUTER = (
    ("cpu_c", "computer_temperature_celsius", "Temperature of the processor."),
    ("under_voltage", "computer_under_voltage", "1 while the supply of the computer sags."),
    ("disk_used", "computer_disk_used_ratio", "Part of the disk that is used."),
    ("clock_age_h", "computer_clock_age_seconds", "Since a time server last set the clock."),
)
COMPUTER_FACTORS = {"disk_used": 0.01, "clock_age_h": 3600.0}
QUANTILES = (("0.5", "p50_ms"), ("0.99", "p99_ms"), ("0.999", "p999_ms"))


class Exposition:
    """Collects families and writes them out."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def family(self, name: str, kind: str, words: str, samples: Iterable[Sample]) -> None:
        """One metric with its samples; those without a value are left out, and so is an empty family."""
        full = f"spaceheat_{name}"
        lines = [f"{full}{_labels(labels)} {_number(v)}" for labels, v in samples if v is not None]
        if lines:
            self._lines += [f"# HELP {full} {words}", f"# TYPE {full} {kind}", *lines]

    def one(self, name: str, kind: str, words: str, value: float | int | bool | None) -> None:
        """A metric with a single sample."""
        self.family(name, kind, words, [({}, value)])

    def text(self) -> bytes:
        """The whole page."""
        return ("\n".join(self._lines) + "\n").encode()


def render(status: Mapping[str, Any], counters: Mapping[str, int], page: Mapping[str, int]) -> bytes:
    """The page. `counters` are the rig's, `page` the HTTP server's and the guard's."""
    out = Exposition()
    info = {"house": status["house"], "alias": status["alias"], "simulated": str(bool(status["simulated"]))}
    out.family("info", "gauge", "The house this is.", [(info, 1)])
    _state(out, status)
    _tick(out, status["tick"])
    _channels(out, status["channels"])
    _actuators(out, status["actuators"])
    _contract(out, status["contract"])
    _health(out, status)
    for name, value in counters.items():
        if name.endswith("_us"):
            out.one(f"{name[:-3]}_seconds", "gauge", "Bus time of a tick.", value / 1e6)
        else:
            out.one(f"{name}_total", "counter", "Since start.", value)
    for name, value in page.items():
        out.one(f"page_{name}_total", "counter", "Of the page, since start.", value)
    return out.text()


def _state(out: Exposition, status: Mapping[str, Any]) -> None:
    paths = dict.fromkeys([*SAYS, status["state"]])
    out.family(
        "state", "gauge", "1 for the state the machine is in.",
        [({"state": path}, path == status["state"]) for path in paths],
    )  # fmt: skip
    out.one("state_age_seconds", "gauge", "House time in this state.", status["since_s"])
    out.one("clock_set", "gauge", "1 once the wall clock has been set.", status["clock_set"])
    tariff = status["tariff"]
    out.one("on_peak", "gauge", "1 while electricity is dear.", tariff and tariff["on_peak"])


def _tick(out: Exposition, tick: Mapping[str, float]) -> None:
    for key, name, kind, words, factor in TICK:
        out.one(name, kind, words, tick[key] * factor)
    work = [({"quantile": q}, tick[key] / 1000) for q, key in QUANTILES if key in tick]
    out.family("tick_work_seconds", "gauge", "Work below which this share of all ticks lies.", work)


def _channels(out: Exposition, channels: Mapping[str, Mapping[str, Any]]) -> None:
    families: dict[str, tuple[str, list[Sample]]] = {}
    for name, row in channels.items():
        metric, words, factor, offset = BY_UNIT.get(row["unit"], OTHER)
        value = row["value"]
        found = None if value is None else value * factor + offset
        families.setdefault(metric, (words, []))[1].append(({"channel": name}, found))
    for metric, (words, samples) in families.items():
        out.family(metric, "gauge", words, samples)
    out.family(
        "channel_age_seconds", "gauge", "House time since the channel's last reading.",
        [({"channel": name}, row["age_s"]) for name, row in channels.items()],
    )  # fmt: skip
    out.family(
        "channel_good", "gauge", "1 while the channel has a value to believe.",
        [({"channel": name}, row["value"] is not None) for name, row in channels.items()],
    )  # fmt: skip


def _actuators(out: Exposition, actuators: Mapping[str, Mapping[str, Any]]) -> None:
    for side in ("commanded", "readback"):
        for unit, metric in (("energised", "relay"), ("V", "output")):
            suffix = "" if unit == "energised" else "_volts"
            out.family(
                f"{metric}_{side}{suffix}", "gauge", "Actuator, told or read back.",
                [
                    ({"node": node, "name": row["name"]}, row[side])
                    for node, row in actuators.items() if row["unit"] == unit
                ],
            )  # fmt: skip


def _contract(out: Exposition, contract: Mapping[str, Any]) -> None:
    energy = contract.get("energy_wh")
    out.one("contract_live", "gauge", "1 while a contract is in force.", contract["phase"] == "Live")
    if energy is not None:
        out.one("contract_energy_joules", "gauge", "Energy of the contract held.", energy * 3600)
        out.one("contract_used_joules", "gauge", "Energy used of it.", contract["used_wh"] * 3600)
        out.one("contract_heartbeat_age_seconds", "gauge", "Since the ATN's last word.", contract["heard_s"])


def _health(out: Exposition, status: Mapping[str, Any]) -> None:
    faults, links, devices = status["faults"], status["links"], status["devices"]
    for key, name, words in COMPUTER:
        value = status["computer"][key]
        found = None if value is None else value * COMPUTER_FACTORS.get(key, 1.0)
        out.one(name, "gauge", words, found)
    out.one("faults_active", "gauge", "Number of active faults.", len(faults))
    out.family(
        "fault", "gauge", "1 for every active fault.",
        [({"fault": fault["name"], "act": fault["act"]}, 1) for fault in faults],
    )  # fmt: skip
    out.family(
        "link_state", "gauge", "1 for the state a link is in.",
        [({"link": name, "state": link["state"]}, 1) for name, link in links.items()],
    )  # fmt: skip
    out.family(
        "device_up", "gauge", "1 while a device answers.",
        [({"device": name}, device["ok"]) for name, device in devices.items()],
    )  # fmt: skip
    out.family(
        "device_errors_total", "counter", "Errors of a device since start.",
        [({"device": name}, device["errors"]) for name, device in devices.items()],
    )  # fmt: skip


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float | int | bool) -> str:
    return str(int(value)) if isinstance(value, bool | int) else f"{value:.10g}"
