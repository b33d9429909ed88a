"""The posting devices of a layout, each with its place in the ten-second window and its first boot."""

from __future__ import annotations

from collections.abc import Callable

from hw.twin.btu_module import BtuModule, Circuit
from hw.twin.flow_module import FlowModule
from hw.twin.hub import Shown, TwinHub
from hw.twin.noise import Noise, mix, name_seed
from hw.twin.pico import Mail, PicoModule
from hw.twin.picos import TwinDevices
from hw.twin.plant.params import GPM_KG_PER_S
from hw.twin.plant.pipes import PIPES
from hw.twin.plant.plant import Plant
from hw.twin.tank_module import TankModule
from layouts.model import BtuMeter, House

CELLAR_C = 15.0
FIRST_BOOT_MS = 4000
"""At the start of a run the modules have long had power; they report within this time."""


def _uid(declared: str | None, actor: str, seed: int) -> str:
    """The declared identity, else one of its own, which the house is to adopt."""
    return declared or f"pico_{name_seed(seed, actor) & 0xFFFFFF:06x}"


def _phase_ms(seed: int, actor: str, window_ms: int, spread: bool) -> int:
    return mix(name_seed(seed, actor), 1) % window_ms if spread else 0


def _flow(plant: Plant, node: str) -> Callable[[], float]:
    """The true flow through the meter called `node`; a meter the plant has no pipe for stands still."""
    if node == "primary-flow":
        return lambda: plant.primary_kg_s / GPM_KG_PER_S
    if node == "store-flow":
        return lambda: plant.store_kg_s / GPM_KG_PER_S
    if node == "dist-flow":
        return lambda: plant.dist_kg_s / GPM_KG_PER_S
    if node == "sieg-flow":
        return lambda: plant.kept * plant.primary_kg_s / GPM_KG_PER_S
    return lambda: 0.0


def build_devices(
    house: House,
    plant: Plant,
    seed: int,
    noise: tuple[float, float],
    spread: bool,
    mono_ms: int,
    advance: Callable[[int], None],
    ours: House,
) -> TwinDevices:
    """All modules of `house` that post to this computer, those of `ours`.

    `noise` is tank microvolts and the spread of flow rates.

    With `spread` each module has a moment of its own within the plant's step, as in a real house; without,
    all post as soon as the plant has moved, so that what they say does not depend on when somebody looks.
    """
    window_ms = int(plant.step_s * 1000)
    tank_uv, flow_part = noise
    modules: list[PicoModule] = []
    for tank, water in zip(house.tanks, (plant.buffer, *plant.store), strict=True):
        if tank.enabled and tank in ours.tanks:
            phase_ms = _phase_ms(seed, tank.name, window_ms, spread)
            uid, stream = _uid(tank.hw_uid, tank.name, seed), Noise(seed, tank.name)
            ready_ms = mono_ms + 1000 + phase_ms % FIRST_BOOT_MS
            modules.append(TankModule(tank, uid, water.depths_c, stream, tank_uv, phase_ms, ready_ms))
    for flow in ours.flows:
        if flow.enabled:
            phase_ms = _phase_ms(seed, flow.node, window_ms, spread)
            uid, stream = _uid(flow.hw_uid, flow.node, seed), Noise(seed, flow.node)
            ready_ms = mono_ms + 1000 + phase_ms % FIRST_BOOT_MS
            gpm = _flow(plant, flow.node)
            modules.append(FlowModule(flow, uid, gpm, stream, flow_part, phase_ms, ready_ms))
    for btu in ours.btus:
        if btu.enabled:
            phase_ms = _phase_ms(seed, btu.node, window_ms, spread)
            uid, stream = _uid(btu.hw_uid, btu.node, seed), Noise(seed, btu.node)
            ready_ms = mono_ms + 1000 + phase_ms % FIRST_BOOT_MS
            modules.append(BtuModule(btu, uid, _circuit(plant, btu), stream, phase_ms, ready_ms))
    phases_ms = tuple(_phase_ms(seed, zone.node, window_ms, spread) for zone in ours.zones)
    hub = TwinHub(house.hub, ours.zones, _shown(plant), phases_ms)
    mail = Mail() if spread else Mail(window_ms, mono_ms)
    return TwinDevices(modules, hub, advance, window_ms, mail)


def _circuit(plant: Plant, btu: BtuMeter) -> Callable[[], Circuit]:
    """The truth of a heat meter's circuit; a pipe the plant does not have is as warm as the cellar."""
    gpm, temps = _flow(plant, btu.flow), plant.pipes
    hot, cold = (PIPES.index(name) if name in PIPES else None for name in (btu.hot, btu.cold))

    def circuit() -> Circuit:
        hot_c, cold_c = (CELLAR_C if place is None else temps.temps[place] for place in (hot, cold))
        return gpm(), hot_c, cold_c

    return circuit


def _shown(plant: Plant) -> Callable[[int], Shown]:
    def shown(i: int) -> Shown:
        room = plant.rooms[i]
        return room.air_c * 1.8 + 32.0, room.setpoint_c * 1.8 + 32.0, room.heating

    return shown
