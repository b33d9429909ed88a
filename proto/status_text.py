"""The content of `/api/status` as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from layouts.text_table import text_table

UNKNOWN = "--"
Status = Mapping[str, Any]


def status_text(status: Status) -> str:
    """The whole, block by block."""
    blocks = [_head(status), _house(status), _faults(status), _actuators(status), _channels(status)]
    return "\n\n".join([*blocks, _program(status)])


def span(seconds: float | None) -> str:
    """A length of time as people say it."""
    if seconds is None:
        return UNKNOWN
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"


def value(number: float | None, unit: str = "", digits: int = 1) -> str:
    """A number with its unit, or "--"."""
    if number is None:
        return UNKNOWN
    text = f"{number:.{digits}f}" if isinstance(number, float) else str(number)
    return f"{text} {unit}".strip()


def _table(rows: Iterator[tuple[str, str]]) -> str:
    return "\n".join(f"{name:<12}{words}".rstrip() for name, words in rows)


def _head(status: Status) -> str:
    return _table(_head_rows(status))


def _head_rows(status: Status) -> Iterator[tuple[str, str]]:
    yield "house", f"{status.get('house', '')} ({status.get('alias', '')})"
    if status.get("simulated"):
        yield "", status["simulated"]
    yield "time", f"{status.get('time', UNKNOWN)}{'' if status.get('clock_set', True) else ', not set'}"
    computer = status.get("computer") or {}
    disk = value(computer.get("disk_used"), "%", 0)
    yield "computer", f"{value(computer.get('cpu_c'), '°C', 0)}, disk {disk} full"
    yield "state", f"{status['state']} for {span(status.get('since_s'))}, since {status['since']}"
    yield "", f"{status.get('title', '')}. {status.get('says', '')}"
    yield "why", str(status["why"])
    if status.get("waiting"):
        yield "waiting", status["waiting"]
    contract = status.get("contract") or {}
    yield "contract", f"{contract.get('phase', UNKNOWN)}: {contract.get('words', '')}"
    tariff = status.get("tariff")
    if tariff:
        dear = "dear" if tariff["on_peak"] else "cheap"
        yield "tariff", f"{dear} until {tariff['until']} ({span(tariff['until_s'])})"
    if status.get("price_usd_kwh") is not None:
        yield "price", f"{status['price_usd_kwh']:.3f} USD/kWh"


def _house(status: Status) -> str:
    return _table(_house_rows(status))


def _house_rows(status: Status) -> Iterator[tuple[str, str]]:
    yield "heat pump", value((status.get("power") or {}).get("heat_pump_w"), "W", 0)
    for name, tank in (status.get("tanks") or {}).items():
        layers = (value(tank[key]) for key in ("top_f", "middle_f", "bottom_f"))
        yield name, f"{'  '.join(layers)} °F (top to bottom)"
    plan = status.get("plan") or {}
    yield (
        "store",
        f"{value(plan.get('usable_kwh'), 'kWh')} of {value(plan.get('required_kwh'), 'kWh')} needed",
    )
    for name, zone in (status.get("zones") or {}).items():
        calls = {True: ", calls for heat", False: ""}.get(zone["calls"], "")
        yield name, f"{value(zone['temp_f'], '°F')}, set to {value(zone['setpoint_f'], '°F')}{calls}"


def _faults(status: Status) -> str:
    faults = status.get("faults") or []
    if not faults:
        return _table(iter([("faults", "none")]))
    rows = [(f["name"], f["act"], span(f["since_s"]), f["words"]) for f in faults]
    return text_table(("fault", "act", "for", "what"), rows)


def _actuators(status: Status) -> str:
    rows = [
        (
            node,
            row.get("name", ""),
            row["state"] or UNKNOWN,
            f"{value(row['commanded'])} / {value(row['readback'])}",
            row["boss"],
            row.get("refused") or row.get("claim") or "",
        )
        for node, row in status["actuators"].items()
    ]
    return text_table(("actuator", "name", "stands", "told / reads", "boss", "note"), rows)


def _channels(status: Status) -> str:
    rows = [
        (name, UNKNOWN if row["value"] is None else f"{row['value']:g}", row["unit"], _age(row))
        for name, row in status["channels"].items()
    ]
    return text_table(("channel", "value", "unit", "age"), rows)


def _age(row: Status) -> str:
    if row["age_s"] is None:
        return "never heard"
    return span(row["age_s"]) + ("" if row["value"] is not None else f", {row['quality']}")


def _program(status: Status) -> str:
    return _table(_program_rows(status))


def _program_rows(status: Status) -> Iterator[tuple[str, str]]:
    for name, link in (status.get("links") or {}).items():
        words = f"; {link['words']}" if link["words"] else ""
        yield "link", f"{name}: {link['state']} for {span(link['since_s'])}{words}"
    devices = status.get("devices") or {}
    answering = sum(1 for device in devices.values() if device["ok"])
    yield "devices", f"{answering} of {len(devices)} answer"
    for name, device in devices.items():
        if not device["ok"] or device["words"]:
            yield "", f"{name}: {device['words'] or 'silent'}"
    tick = status["tick"]
    work = f"work {tick['p50_ms']:g} ms, 99 % below {tick['p99_ms']:g}, longest {tick['max_ms']:g}"
    yield "ticks", f"{tick['count']} of {tick['period_ms']:g} ms; {work}"
    yield "", f"{tick['overruns']} longer than the period, {tick['skipped']} slots skipped"
