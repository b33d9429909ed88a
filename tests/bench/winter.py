"""The winter score: set A (Maine 2019-20) for both heat pumps and all controllers; an hour or two of work.

Beside each row stands what the prototype of the facts reached. Needs the shared data beside the project.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.program.processes import ROOT

SET_A = ROOT.parent / "shared" / "data" / "maine_winter_2019_20_hourly.csv"
TICK_S = 30
ROWS = {
    # (heat pump, controller): (USD, kWh, on-peak kWh, discomfort K.h, T_min C, starts) of the prototype
    ("lg_ht", "thermostat"): (1603.89, 8701, 2078, 0.0, 19.56, 1937),
    ("lg_ht", "homealone"): (743.13, 8948, 103, 1.3, 19.11, 1345),
    ("lg_ht", "atn"): None,
    ("ecodan", "thermostat"): (1001.75, 5473, 1289, 0.0, 19.58, 2531),
    ("ecodan", "homealone"): (479.74, 5609, 95, 3.5, 19.13, 1311),
    ("ecodan", "atn"): None,
}
FIELDS = ("cost_usd", "kwh_el", "onpeak_kwh", "discomfort_kh", "t_min_c", "starts")


def season(heat_pump: str, controller: str, data: Path, *more: str) -> dict[str, float]:
    """One run of `simulate`, as its JSON says; `more` are further arguments of it."""
    command = [sys.executable, str(ROOT / "scada.py"), "simulate", "--json", "--tick", str(TICK_S)]
    command += ["--weather", str(data), "--prices", str(data)]
    command += ["--controller", controller, "--heat-pump", heat_pump, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    """Print the table."""
    if not SET_A.exists():
        print(f"{SET_A.name} does not stand in ../shared/data: nothing measured")
        return
    print(f"{'':26}" + "".join(f"{name:>15}" for name in FIELDS) + "  closure")
    for (heat_pump, controller), known in ROWS.items():
        found = season(heat_pump, controller, SET_A)
        print(f"{heat_pump:8}{controller:18}" + "".join(f"{found[name]:15}" for name in FIELDS), end="")
        print(f"  {found['energy_closure']:.1e}", flush=True)
        if known is not None:
            print(f"{'':8}{'prototype':18}" + "".join(f"{value:15}" for value in known), flush=True)
