"""The order in which the machine is asked to move: grave things first, the strategy's own wishes last.

At most one trigger comes out. Fault > a person > comfort and safety > HomeAlone > AtnControlled.
"""

from __future__ import annotations

from collections.abc import Callable

from states import atn_controlled, contract, homealone
from states.faults import Act
from states.image import Why
from states.scene import BUFFER, Choice, Scene, blind, why
from states.tables import ADMIN, MONITOR

DWELL_MS = 60_000
"""A strategy state lasts at least this long, except when the clock, a contract or a fault ends it."""
INITIALIZING_LIMIT_MS = 300_000
BOILER_PROOF_MS = 45 * 60_000
"""A boiler that works has the buffer warm by then."""
VERY_COLD_F = 2.0
OUT_OF_REACH = ("Fault", "HomeAlone.ScadaBlind", "HomeAlone.Backup")
"""Here no contract is followed, whatever the ATN says."""


def choose(scene: Scene, worst: Act, words: str) -> Choice:
    """The trigger for this tick, if any. `words`: what the worst fault says."""
    path = scene.plant.state.path
    top = path.partition(".")[0]
    return BY_TOP[top](scene, worst, words)


def _fault(scene: Scene, worst: Act, words: str) -> Choice:
    if worst == Act.HAND_BACK:
        return None
    return "FaultCleared", Why("FaultCleared", "every hand-back fault is gone")


def _dormant(scene: Scene, worst: Act, words: str) -> Choice:
    state = scene.plant.state
    if state.path == MONITOR:
        return ("AdminTakes", _person(scene)) if state.admin else None
    if worst == Act.HAND_BACK:
        return "HandBack", Why("HandBack", words)
    if state.admin is not None:
        return None
    ends = Why("AdminEnds", "the person let go, or the lease ran out")
    return ("AdminEndsInMonitor" if _monitor_only(scene) else "AdminEnds"), ends


def _monitor_only(scene: Scene) -> bool:
    return scene.plant.settings.site.mode == "MonitorOnly"


def _person(scene: Scene) -> Why:
    hold = scene.plant.state.admin
    return Why("AdminTakes", f"{hold.sender} holds the house" if hold else "a person holds the house")


def _common(scene: Scene, worst: Act, words: str) -> Choice:
    if worst == Act.HAND_BACK:
        return "HandBack", Why("HandBack", words)
    if scene.plant.state.admin is not None:
        return "AdminTakes", _person(scene)
    return None


def _atn(scene: Scene, worst: Act, words: str) -> Choice:
    common = _common(scene, worst, words)
    if common:
        return common
    state = scene.plant.state
    if state.gave_up:
        return "ContractLeft", Why("ContractLeft", state.gave_up)
    if not contract.in_force(state.contract, scene.now) and not contract.in_grace(state.contract, scene.now):
        return _lapsed(scene)
    leaf = state.path.rpartition(".")[2]
    held = state.contract.contract
    if held is not None and held.oil_boiler_on and leaf != "HpOffNonElectricBackup":
        return "StartNonElectricBackup", Why("Oil", "the contract asks for the boiler")
    return _dwelt(scene, atn_controlled.BRAIN[leaf](scene), atn_controlled.AT_ONCE)


def _lapsed(scene: Scene) -> Choice:
    state = scene.plant.state.contract
    if state.lost_wall_ms is not None:
        silent = scene.now.mono_ms - state.heard_mono_ms >= contract.SILENCE_MS
        words = "no ATN heartbeat for 150 s" if silent else "the clock was set back before its hour"
        return "ContractLost", Why("ContractLost", words)
    return "ContractOver", Why("ContractOver", "the contract is over and no other came")


def _home(scene: Scene, worst: Act, words: str) -> Choice:
    common = _common(scene, worst, words)
    if common:
        return common
    mode = scene.plant.state.path.split(".")[1]
    return BY_MODE[mode](scene, worst, words)


def _normal(scene: Scene, worst: Act, words: str) -> Choice:
    plant, state = scene.plant, scene.plant.state
    if worst == Act.BLIND or (worst > Act.BLIND and plant.view.first(*BUFFER) is None):
        return "DataMissing", Why("DataMissing", words)
    if state.contract.phase == contract.LIVE and contract.in_force(state.contract, scene.now):
        return "ContractLive", Why("ContractLive", atn_controlled.owed_words(plant))
    stranded = plant.notes.cold_buffer_since_ms
    hold_ms = plant.settings.comfort.cold_hold_s * 1000
    if stranded is not None and scene.now.mono_ms - stranded >= hold_ms and not _recovering(scene):
        cold = plant.system_cold()
        trigger = "SystemColdBoiler" if _boiler(scene) else "SystemColdHeatPump"
        return trigger, why("SystemCold", f"{cold.words('>')} below setpoint, buffer and store empty", cold)
    leaf = state.path.rpartition(".")[2]
    return _dwelt(scene, homealone.BRAIN[leaf](scene), homealone.AT_ONCE)


def _recovering(scene: Scene) -> bool:
    """Off-peak with the heat pump running, the normal strategy already does all there is to do."""
    return not scene.period.on_peak and scene.plant.hp.running is not False


def _boiler(scene: Scene) -> bool:
    return scene.plant.house.boiler and scene.plant.settings.comfort.oil_boiler_backup


def _blind(scene: Scene, worst: Act, words: str) -> Choice:
    if worst < Act.BLIND and not blind(scene.plant):
        return "DataBack", Why("DataBack", "the buffer is seen again")
    on_boiler = scene.plant.state.path.endswith(".OnBoiler")
    wants_boiler = scene.period.on_peak and _boiler(scene)
    if wants_boiler and not on_boiler:
        return "BlindOnPeak", Why("BlindOnPeak", "on-peak without sight of the buffer: boiler")
    if on_boiler and not wants_boiler:
        return "BlindOffPeak", Why("BlindOffPeak", "off-peak without sight of the buffer: aquastat")
    return None


def _backup(scene: Scene, worst: Act, words: str) -> Choice:
    plant = scene.plant
    on_boiler = plant.state.path.endswith(".OnBoiler")
    if on_boiler and scene.in_state_ms >= BOILER_PROOF_MS and plant.buffer_empty().yes:
        empty = plant.buffer_empty()
        told = f"the boiler was called for {BOILER_PROOF_MS // 60_000} min and the buffer is still cold"
        return "BoilerGivesNoHeat", why("BoilerGivesNoHeat", told, empty)
    if worst == Act.BLIND or plant.system_cold().yes or scene.period.on_peak:
        return None
    return "SystemWarm", Why("SystemWarm", "the rooms are warm again and it is off-peak")


def _dwelt(scene: Scene, choice: Choice, at_once: frozenset[str]) -> Choice:
    """Hold a strategy's wish back until its state has lasted."""
    if choice is None or choice[0] in at_once or scene.in_state_ms >= DWELL_MS:
        return choice
    return choice if scene.plant.state.path.endswith(".Initializing") else None


BY_MODE: dict[str, Callable[[Scene, Act, str], Choice]] = {
    "Normal": _normal,
    "ScadaBlind": _blind,
    "Backup": _backup,
}
BY_TOP: dict[str, Callable[[Scene, Act, str], Choice]] = {
    "Fault": _fault,
    "Dormant": _dormant,
    "AtnControlled": _atn,
    "HomeAlone": _home,
}


def reason_to_leave(scene: Scene, worst: Act, words: str) -> str:
    """Why the contract must be left for comfort or safety, in words; empty while it may go on."""
    plant, state = scene.plant, scene.plant.state
    if worst >= Act.NO_CONTRACT:
        return words
    if state.local_switch:
        return "the local switch is on: the house runs itself"
    if state.guards.freeze or state.guards.comfort:
        return "a freeze or comfort guard is up"
    cold_since = plant.notes.cold_since_ms
    hold_ms = plant.settings.comfort.cold_hold_s * 1000
    if cold_since is not None and scene.now.mono_ms - cold_since >= hold_ms:
        cold = plant.system_cold()
        starved = plant.buffer_empty().yes and atn_controlled.hp_should_be_off(scene)
        if starved or cold.value > VERY_COLD_F:
            return f"{cold.channel} is {cold.value:.1f} °F below its setpoint"
    waiting = state.path == "AtnControlled.Initializing" and blind(plant)
    if waiting and scene.in_state_ms >= INITIALIZING_LIMIT_MS:
        return "no buffer temperatures for 5 minutes"
    return ""


def bar_to_contract(scene: Scene, worst: Act, words: str) -> str:
    """Why a contract in force cannot be followed by a house that does not follow it yet; else empty.

    A person who holds the house does not end it: the contract is followed again when he lets go.
    """
    state = scene.plant.state
    if state.admin is not None or state.path == ADMIN or state.contract.phase != contract.LIVE:
        return ""
    if _monitor_only(scene):
        return "this site only monitors"
    if state.path.startswith(OUT_OF_REACH):
        return f"the house is in {state.path}: {state.why.words}"
    return reason_to_leave(scene, worst, words)


def bar_to_offers(scene: Scene, worst: Act, words: str) -> str:
    """Why no offer can be taken now, in words; empty when one can."""
    plant, state = scene.plant, scene.plant.state
    if state.local_switch:
        return "the local switch is on: the house runs itself"
    if state.admin is not None or state.path == ADMIN:
        return "a person holds the house"
    if _monitor_only(scene):
        return "this site only monitors"
    if state.path.startswith(OUT_OF_REACH):
        return f"the house is in {state.path}: {state.why.words}"
    if worst >= Act.NO_CONTRACT:
        return words
    if state.guards.freeze or state.guards.comfort:
        return "a freeze or comfort guard is up"
    if plant.notes.cold_buffer_since_ms is not None:
        return "the house is cold and buffer and store are empty"
    return ""
