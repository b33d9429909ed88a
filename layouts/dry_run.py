"""`check`: what would run, with which layout, links and files; and every sentence about what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from layouts.bus_files import i2c_missing, serial_missing
from layouts.certificates import judge, usual
from layouts.config import load_settings
from layouts.load import load_house
from layouts.mistakes import LayoutMistakes, SettingsMistakes
from layouts.model import House
from layouts.named_files import check_named_files
from layouts.settings import Peer, Settings
from layouts.share import SECONDARY, mismatches

NOWHERE: Mapping[str, str] = MappingProxyType({})


def dry_run(
    config_file: str, now_ms: int | None = None, environ: Mapping[str, str] = NOWHERE
) -> tuple[str, list[str]]:
    """(what would run, as text; everything that is wrong, a sentence each). Touches no bus and no network.

    Certificates are looked for in their usual place below HOME; without `now_ms` (UTC) no date is judged.
    """
    try:
        settings = usual(load_settings(Path(config_file)), environ.get("HOME", ""))
    except SettingsMistakes as mistakes:
        return "", list(mistakes.sentences)
    certificates = [
        sentence
        for one in judge(settings, None if now_ms is None else now_ms // 1000)
        for sentence in one.wrong
    ]
    wrong = list(dict.fromkeys([*check_named_files(settings), *certificates]))
    try:
        house = load_house(settings.site.layout)
    except LayoutMistakes as mistakes:
        return "", [*wrong, *mistakes.sentences]
    wrong += mismatches(house, settings)
    if settings.hardware.bus == "real":
        wrong += [*i2c_missing(house, settings), *serial_missing(house, settings)]
    return _would_run(config_file, settings, house), wrong


def _mode(settings: Settings, house: House) -> str:
    second = ", ".join(sorted(house.second_nodes))
    if settings.site.role == SECONDARY:
        return f"second computer: measures {second}"
    return settings.site.mode + (f" (the second computer measures {second})" if second else "")


def _link(name: str, peer: Peer, off: bool = False) -> str:
    """`off`: the second computer speaks to the primary alone."""
    if off or not peer.enabled:
        return f"{name}: off"
    port = peer.port or (8883 if peer.tls else 1883)
    how = (
        "TLS with client certificate"
        if peer.tls and peer.cert_file
        else "TLS"
        if peer.tls
        else "in the clear"
    )
    return f"{name}: {peer.host}:{port}, {how}"


def _would_run(config_file: str, settings: Settings, house: House) -> str:
    twin = settings.hardware.bus == "twin"
    bus = "SIMULATED (twin): nothing real is switched" if twin else f"/dev/i2c-{settings.hardware.i2c_number}"
    page, only = settings.page, settings.site.role == SECONDARY
    size = f"{len(house.zones)} zone(s), {len(house.store_tanks)} store tanks"
    lines = [
        f"settings   {config_file}",
        f"layout     {house.file}: {house.display}, {size}",
        f"mode       {_mode(settings, house)}, tick {settings.loop.tick_ms} ms, {settings.site.time_zone}",
        f"buses      {bus}",
        f"meter      {house.meter.make_model} at {house.meter.place}",
        f"identity   {house.scada.alias}",
        f"links      {_link('upstream', settings.upstream, only)}",
        f"           {_link('admin', settings.admin, only)}",
        f"           {_link('local', settings.local)}",
        f"page       {f'http://{page.listen}:{page.port}/' if page.enabled else 'off'}",
        f"modules    {settings.devices.listen}:{settings.devices.port}",
        f"store      {settings.store.folder} (at most {settings.store.max_bytes // 1_000_000} MB)",
        f"weather    {settings.weather.source}",
    ]
    return "\n".join(lines)
