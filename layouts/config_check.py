"""Compares the settings with each other: what contradicts itself, and what must not go out unguarded."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from layouts.settings import Peer, Settings

Contradiction = tuple[str, str]
"""The table and the sentence."""
_RESERVED_PINS = {
    1: "kept for add-on boards",
    2: "the data line of the I2C bus",
    3: "the clock line of the I2C bus",
    4: "the 1-wire bus",
}


def contradictions(settings: Settings) -> Iterator[Contradiction]:
    """Every pair of settings that do not go together."""
    for table, peer in (
        ("upstream", settings.upstream),
        ("admin", settings.admin),
        ("local", settings.local),
    ):
        for words in _peer(peer):
            yield table, words
    yield from _tariff(settings)
    yield from _listeners(settings)
    yield from _sources(settings)
    yield from _pins(settings)
    yield from _numbers(settings)
    yield from _load_curve(settings)


def is_loopback(host: str) -> bool:
    """Whether a host is this very computer, judged without asking the network."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _peer(peer: Peer) -> Iterator[str]:
    if not peer.tls and not is_loopback(peer.host):
        rule = "only a broker on this computer (127.0.0.1, ::1, localhost) may be spoken to in the clear"
        yield f"tls is false, but host is '{peer.host}'; {rule}."
    if bool(peer.cert_file) != bool(peer.key_file):
        given, absent = ("cert_file", "key_file") if peer.cert_file else ("key_file", "cert_file")
        yield f"{given} is given without {absent}; a certificate needs its key."
    if peer.password_file and not peer.username:
        yield "password_file is given without username; a password needs its name."


def _tariff(settings: Settings) -> Iterator[Contradiction]:
    if sum(end - start for start, end in settings.tariff.peaks) >= 24:
        why = "heat is made in the other hours, and the house would only be kept from freezing"
        yield "tariff", f"peaks leave no hour of a working day: {why}; for a flat tariff write peaks = []."


def _listeners(settings: Settings) -> Iterator[Contradiction]:
    page, devices = settings.page, settings.devices
    if page.enabled and not is_loopback(page.listen) and not page.token_file:
        others = f"others can reach the page at {page.listen}"
        yield "page", f"token_file is missing: {others}, so it needs a token they must show."
    if page.enabled and devices.enabled and page.port == devices.port != 0:
        yield "devices", f"port {devices.port} is already taken by [page]; give one of them another."


def _sources(settings: Settings) -> Iterator[Contradiction]:
    weather = settings.weather
    if weather.source == "twin" and settings.hardware.bus != "twin":
        real = "[hardware] bus is 'real': there is no simulated house"
        yield "weather", f"source is 'twin', but {real}; choose 'nws', 'csv' or 'coldest-of-month'."
    if weather.source == "csv" and not weather.csv_file:
        yield "weather", "csv_file is missing: source is 'csv'."
    if weather.source == "nws" and not weather.contact.strip():
        rule = "the weather service wants to know whom to tell when something goes wrong"
        yield "weather", f"contact is missing: {rule}; an e-mail address will do."


def _pins(settings: Settings) -> Iterator[Contradiction]:
    gpio, owners = settings.gpio, dict(_RESERVED_PINS)
    if not gpio.enabled:
        return
    wired = [key for key in ("heartbeat_pin", "light_pin", "switch_pin") if getattr(gpio, key)]
    if not wired:
        yield "gpio", "enabled is true, but no pin is named; give heartbeat_pin, light_pin or switch_pin."
    for key in wired:
        pin = getattr(gpio, key)
        if pin in owners:
            yield "gpio", f"{key} is {pin}, but that pin is {owners[pin]}; take another."
        owners.setdefault(pin, key)


def _numbers(settings: Settings) -> Iterator[Contradiction]:
    pump = settings.heat_pump
    if pump.idle_w >= pump.running_w:
        yield "heat_pump", f"idle_w ({pump.idle_w:g}) must be less than running_w ({pump.running_w:g})."


def _load_curve(settings: Settings) -> Iterator[Contradiction]:
    """The load curve goes through no load, the mild day and the design day, warmer water at each."""
    model = settings.house_model
    no_load_f = -model.alpha / model.beta
    if not no_load_f < model.intermediate_rswt_f < model.dd_rswt_f:
        found = f"{no_load_f:.1f} < {model.intermediate_rswt_f:.1f} < {model.dd_rswt_f:.1f}"
        names = "-alpha / beta < intermediate_rswt_f < dd_rswt_f"
        yield "house_model", f"warmer water must give more heat: {names} does not hold for {found}."
    if model.intermediate_power_kw >= model.dd_power_kw:
        design = f"dd_power_kw ({model.dd_power_kw:g})"
        yield (
            "house_model",
            f"intermediate_power_kw ({model.intermediate_power_kw:g}) must be less than {design}.",
        )
