"""What a house may have besides boards, meter and modules; absent where the site does not ask for it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from hw.bus import StreamPort
from hw.computer import Gauges, LinuxGauges
from hw.header import Header, open_header
from hw.one_wire import ChildScan, Scan
from hw.stream import TcpPort
from layouts.model import House
from layouts.named_files import check_secret_file
from layouts.settings import Settings


class HubLine(Struct):
    """The way to ask the hub, and the token that opens it."""

    port: StreamPort
    token: str


class Others(Struct):
    """The optional lines of a rig."""

    hub: HubLine | None = None
    probes: Scan | None = None
    header: Header | None = None
    gauges: Gauges | None = None


def real_others(house: House, settings: Settings) -> Others:
    """What the settings of a real house ask for. Raises `ValueError` with a sentence."""
    return Others(
        hub=_hub(house, settings),
        probes=ChildScan() if house.probes else None,
        header=open_header() if settings.gpio.enabled else None,
        gauges=LinuxGauges(settings.store.folder),
    )


def hub_token(settings: Settings) -> str:
    """The access token of the hub's Maker API, empty where the hub is not to be asked.

    Raises `ValueError` with a sentence that shows the file and never what it holds.
    """
    file = settings.hub.token_file
    if not file:
        return ""
    wrong = check_secret_file(file)
    if wrong:
        raise ValueError(f"[hub] token_file: {wrong}")
    token = Path(file).read_text(encoding="utf-8", errors="replace").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"[hub] token_file: {file}: holds no access token on one line.")
    return token


def _hub(house: House, settings: Settings) -> HubLine | None:
    token = hub_token(settings)
    return HubLine(TcpPort(house.hub.host, house.hub.port), token) if token else None
