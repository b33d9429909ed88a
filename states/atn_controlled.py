"""AtnControlled: executing one contract at a time with all tanks; which trigger fires now, and why.

While energy is owed the heat pump may run; when it is used up the store carries the house. Comfort is
judged elsewhere (`states/choose.py`): a contract is left when comfort is at risk, not when convenient.
Source: control facts 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Callable

from states import contract as contracts
from states.predicates import Plant
from states.scene import Choice, Scene, blind, defrost_while_charging, looking_around, warmed_up, why

LONG_MINUTES = 30
LAST_S = 300
FULL_LATCH_MS = 15 * 60_000


def owed_words(plant: Plant) -> str:
    """`1200 Wh still to use`."""
    left = contracts.remaining_wh(plant.state.contract)
    return "the hour bought is over" if left is None else f"{left} Wh still to use"


def hp_should_be_off(scene: Scene) -> bool:
    """The contract gives the heat pump nothing (more) to run on."""
    plant = scene.plant
    state = plant.state.contract
    left = contracts.remaining_wh(state)
    called = plant.hp.called_since_ms is not None
    if left is not None and left > 0:
        return not called and not _worth_a_start(scene, left)
    if not called:
        return True
    if left is None or state.contract is None:
        return scene.period.on_peak  # between two contracts it goes on as it is, but not into a peak
    slot = state.contract
    if slot.duration_minutes < LONG_MINUTES:
        return True
    params = plant.params
    running = 1 - params.hp_turn_on_minutes / slot.duration_minutes
    full_power_w = 1000 * (running * params.hp_max_kw_el - 1)
    if slot.avg_power_watts >= full_power_w:
        return False
    return scene.now.wall_ms // 1000 <= slot.start_s + 60 * slot.duration_minutes - LAST_S


def _worth_a_start(scene: Scene, left_wh: int) -> bool:
    """A start costs a minimum run: it must be able to use at least half of what that run takes."""
    plant = scene.plant
    run_wh = plant.params.hp_max_kw_el * 1000 * plant.settings.limits.compressor_min_on_s / 3600
    return left_wh >= run_wh / 2


def _storage_full(scene: Scene) -> bool:
    since = scene.plant.notes.storage_full_ms
    if since is not None and scene.now.mono_ms - since < FULL_LATCH_MS:
        return True
    return scene.plant.store_bottom_hot().yes


def _initializing(scene: Scene) -> Choice:
    plant = scene.plant
    if blind(plant) or looking_around(scene):
        return None
    empty = plant.buffer_empty()
    words = f"{owed_words(plant)}; {empty.words('<' if empty.yes else '>=')}"
    if hp_should_be_off(scene):
        if empty.yes and not plant.store_colder_than_buffer().yes:
            return "NoElecBufferEmpty", why("NoElec", words, empty)
        return "NoElecBufferFull", why("NoElec", words, empty)
    if empty.yes or _storage_full(scene):
        return "ElecBufferEmpty", why("Elec", words, empty)
    return "ElecBufferFull", why("Elec", words, empty)


def _hp_on_store_off(scene: Scene) -> Choice:
    plant, mono = scene.plant, scene.now.mono_ms
    if hp_should_be_off(scene):
        return "NoMoreElec", why("NoMoreElec", owed_words(plant))
    limited = plant.charge_limited()
    full = plant.buffer_full()
    stalled = plant.buffer_stalled(mono)
    if (full.yes or stalled) and not _storage_full(scene):
        if limited.yes or stalled or warmed_up(scene):
            words = full.words(">") if full.yes else "the buffer gains no heat"
            return "ElecBufferFull", why("BufferFull", words, full)
        return None
    if limited.yes:
        if _storage_full(scene):
            return "NoMoreElec", why("BothFull", f"buffer and store are full; {owed_words(plant)}", limited)
        return "ElecBufferFull", why("ChargeLimited", limited.words(">="), limited)
    return None


def _hp_on_store_charge(scene: Scene) -> Choice:
    plant, mono = scene.plant, scene.now.mono_ms
    if hp_should_be_off(scene):
        return "NoMoreElec", why("NoMoreElec", owed_words(plant))
    if plant.in_defrost(mono):
        return defrost_while_charging(scene)
    empty = plant.buffer_empty()
    if empty.yes:
        return "ElecBufferEmpty", why("BufferEmpty", empty.words("<"), empty)
    if _storage_full(scene):
        bottom = plant.store_bottom_hot()
        return "ElecBufferEmpty", why("StorageFull", bottom.words(">"), bottom)
    return None


def _hp_off_store_off(scene: Scene) -> Choice:
    plant, mono = scene.plant, scene.now.mono_ms
    empty = plant.buffer_empty()
    if hp_should_be_off(scene):
        if empty.yes and not plant.store_colder_than_buffer().yes:
            return "NoElecBufferEmpty", why("BufferEmpty", empty.words("<"), empty)
        return None
    both_full = plant.notes.both_full_ms
    if both_full is not None and mono - both_full <= FULL_LATCH_MS:
        return None
    if _storage_full(scene) or empty.yes:
        return "ElecBufferEmpty", why("Elec", owed_words(plant), empty)
    return "ElecBufferFull", why("Elec", owed_words(plant), empty)


def _hp_off_store_discharge(scene: Scene) -> Choice:
    plant = scene.plant
    if not hp_should_be_off(scene):
        empty = plant.buffer_empty()
        trigger = "ElecBufferEmpty" if empty.yes or _storage_full(scene) else "ElecBufferFull"
        return trigger, why("Elec", owed_words(plant), empty)
    full = plant.buffer_full()
    if full.yes:
        return "NoElecBufferFull", why("BufferFull", full.words(">"), full)
    colder = plant.store_colder_than_buffer()
    if colder.yes:
        return "NoElecBufferFull", why("StoreColder", colder.words(">"), colder)
    return None


def _backup(scene: Scene) -> Choice:
    held = scene.plant.state.contract.contract
    if held is not None and held.oil_boiler_on:
        return None
    return "StopNonElectricBackup", why("NoOil", "the contract no longer asks for oil")


BRAIN: dict[str, Callable[[Scene], Choice]] = {
    "Initializing": _initializing,
    "HpOnStoreOff": _hp_on_store_off,
    "HpOnStoreCharge": _hp_on_store_charge,
    "HpOffStoreOff": _hp_off_store_off,
    "HpOffStoreDischarge": _hp_off_store_discharge,
    "HpOffNonElectricBackup": _backup,
}

AT_ONCE = frozenset({"NoMoreElec"})
