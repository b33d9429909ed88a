"""A house built by hand, an ideal relay board and a clock, to drive the governor tick by tick."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from layouts.catalogue import KINDS_BY_KEY, ZONE_FAILSAFE, ZONE_OPS
from layouts.model import GNode, House, Hub, PipeBoard, PowerMeter, Relay, ZeroTen
from layouts.settings import HeatPump, Limits
from states.image import Readback

ALL_KEYS = tuple(KINDS_BY_KEY)
NEEDED_KEYS = tuple(key for key, kind in KINDS_BY_KEY.items() if kind.required)


def house(boiler: bool = True, keys: tuple[str, ...] = ALL_KEYS, zones: int = 2) -> House:
    """A house with the relays `keys`, numbered as in the catalogue, and two relays for each zone."""
    relays = [_relay(key, KINDS_BY_KEY[key].index) for key in keys]
    for i in range(zones):
        relays += [_relay("failsafe", 17 + 2 * i, f"zone{i + 1}"), _relay("ops", 18 + 2 * i, f"zone{i + 1}")]
    nobody = GNode("d1", "0", "nobody")
    return House(
        name="bench", display="Bench", file="", manifold="House0", use_sieg_loop=False, boiler=boiler,
        scada=nobody, ltn=nobody, terminal_asset=nobody, zones=(), tanks=(), relays=tuple(relays),
        zero_tens=(
            ZeroTen(node="dist-010v", output_idx=1, default=30, display=""),
            ZeroTen(node="store-010v", output_idx=3, default=50, display=""),
        ),
        flows=(),
        pipes=PipeBoard(node="pipes", addresses=(), supply_v=5.0, thermistors=()),
        meter=PowerMeter(
            node="meter", make_model="", host="", port=0, unit_id=1, hw_uid=None, poll_period_ms=1000,
            registers=(),
        ),
        hub=Hub(node="hub", host="", mac="", maker_api_id=0),
        relay_boards=(), dac_boards=(), nodes=(), channels=(), derived=(),
        relay_component_id="", dac_component_id="",
    )  # fmt: skip


def _relay(key: str, index: int, zone: str | None = None) -> Relay:
    kind = KINDS_BY_KEY.get(key, ZONE_FAILSAFE if key == "failsafe" else ZONE_OPS)
    full = f"{zone}-{key}" if zone else key
    node = f"relay{index}"
    return Relay(key=full, index=index, node=node, channel=f"{full}-{node}", kind=kind, display="", zone=zone)


HP = ("relay5", "relay6")
BOILER, BURNER = "relay8", "relay10"
PRIMARY = ("relay12", "relay11")
VALVE, PUMP = "relay3", "relay9"
ON, OFF, AQUASTAT = (1, 0), (1, 1), (0, 0)
P_ON, P_OFF, P_HP = (1, 1), (1, 0), (0, 0)

S = 1000
MIN = 60 * S
DELAY = 214 * S
"""Start delay of the bench."""


def wish(hp: Any = OFF, primary: Any = P_HP, **more: int) -> dict[str, int]:
    """A whole wish for the bench house: boiler locked out, all else at rest."""
    every = dict.fromkeys(
        [f"relay{i}" for i in (1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 17, 18, 19, 20)], 0
    )
    every |= {"dist-010v": 30, "store-010v": 50, BOILER: 1}
    every |= dict(zip(HP, hp, strict=True)) | dict(zip(PRIMARY, primary, strict=True))
    return every | more


LIMITS = Limits()
HEAT_PUMP = HeatPump()


class Drive:
    """The bench: the governor `g` (a module), its memory, the coils of an ideal board, the time."""

    def __init__(
        self,
        g: ModuleType,
        *,
        boiler: bool = True,
        limits: Limits = LIMITS,
        heat_pump: HeatPump = HEAT_PUMP,
        memory: Any = None,
        start_ms: int = 0,
    ) -> None:
        self.g: Any = g
        self.gate = self.g.compile_gate(house(boiler), limits, heat_pump)
        self.memory = self.g.GovernorMemory() if memory is None else memory
        self.coils: dict[str, int] = dict.fromkeys(self.gate.relays, 0)
        self.silent: set[str] = set()
        self.deaf: set[str] = set()
        self.moved: set[str] = set()
        self.now = self.read_ms = start_ms
        self.seen: dict[str, Any] = {"primary_gpm": 5.0, "coldest_room_f": 68.0, "coldest_water_c": 30.0}
        self.seen |= {"oat_c": 6.0, "start_delay_ms": DELAY}
        self.last: Any = None

    def at(self, ms: int, wanted: dict[str, int], **seen: Any) -> Any:
        """One tick at `ms`; keyword values replace what is seen for this tick only."""
        self.now = ms
        flags = {k: seen.pop(k) for k in ("hand_back", "emergency", "grid_back") if k in seen}
        power = 3000.0 if (self.coils[HP[0]], self.coils[HP[1]]) == ON else 40.0
        values = {
            "hp_w": power,
            **self.seen,
            **seen,
            "readbacks": self._read(ms),
            "exempt": self.g.Exempt(**flags),
        }
        self.last = self.g.govern(wanted, self.g.Seen(mono_ms=ms, **values), self.memory, self.gate)
        self.memory = self.last.memory
        self.read_ms = ms
        self.coils |= {n: self.last.outputs[n] for n in self.coils if n not in self.deaf}
        return self.last

    def _read(self, ms: int) -> dict[str, Readback]:
        """Positions as read back right after the last write; what moved by itself is read now."""
        read_ms = {n: ms if n in self.moved else self.read_ms for n in self.coils}
        self.moved = set()
        return {n: Readback(v, None if n in self.silent else v, read_ms[n]) for n, v in self.coils.items()}

    def by_itself(self, node: str, value: int) -> None:
        """The board moves a relay without us."""
        self.coils[node] = value
        self.moved.add(node)

    def tick(self, wanted: dict[str, int], after_ms: int = 100, **seen: Any) -> Any:
        """One tick `after_ms` later."""
        return self.at(self.now + after_ms, wanted, **seen)

    def settle(self, wanted: dict[str, int] | None = None) -> None:
        """Let the first two seconds pass, in which nothing moves."""
        off = wish() if wanted is None else wanted
        self.tick(off, 0)
        self.tick(off, 2 * S)

    def run(self, primary: tuple[int, int] = P_HP) -> int:
        """Bring the heat pump on; returns when it was first seen on."""
        self.settle(wish(primary=primary))
        self.tick(wish(ON, primary), 20 * MIN)
        assert self.hp() == ON
        self.tick(wish(ON, primary), S)
        assert self.hp() == ON
        return self.now

    def run_dry(self) -> int:
        """Bring the heat pump on without any flow, power high; returns when it was first seen on."""
        self.settle()
        self.tick(wish(ON), 20 * MIN, primary_gpm=0.0)
        self.tick(wish(ON), S, primary_gpm=0.0, hp_w=3000.0)
        assert self.hp() == ON
        return self.now

    def hp(self) -> tuple[int, int]:
        """The heat-pump pair as given last."""
        return self.pair(HP)

    def pair(self, nodes: tuple[str, str]) -> tuple[int, int]:
        """A pair as given last."""
        return self.last.outputs[nodes[0]], self.last.outputs[nodes[1]]

    def out(self, node: str) -> int:
        """An output as given last."""
        value: int = self.last.outputs[node]
        return value

    def rules(self) -> dict[str, str]:
        """Actuator -> rule that refused it in the last tick."""
        return {v.actuator: v.rule for v in self.last.vetoes}

    def words(self, node: str) -> str:
        """What the last tick said about an actuator."""
        return next((str(v.words) for v in self.last.vetoes if v.actuator == node), "")
