"""A stratified water tank: upwind plug flow, conduction, standing loss, and mixing of inversions."""

from __future__ import annotations

from hw.twin.plant.params import CP_J_PER_KG_K, TankParams

_INVERSION_K = 1e-9
"""Rounding may leave equal layers this far out of order; that is not an inversion."""


def pool_adjacent_violators(temps: list[float]) -> None:
    """Mix layers (equal masses, top first) until none is colder than the one below; keeps their sum.

    Isotonic regression in one pass: a block that is colder than the block below it is merged with it.
    """
    means: list[float] = []
    sizes: list[int] = []
    for temp in temps:
        mean, size = temp, 1
        while means and means[-1] < mean:
            above, count = means.pop(), sizes.pop()
            mean = (above * count + mean * size) / (count + size)
            size += count
        means.append(mean)
        sizes.append(size)
    at = 0
    for mean, size in zip(means, sizes, strict=True):
        for i in range(at, at + size):
            temps[i] = mean
        at += size


def is_inverted(temps: list[float]) -> bool:
    """Whether some layer is colder than the one below it."""
    above = temps[0]
    for temp in temps:
        if temp - above > _INVERSION_K:
            return True
        above = temp
    return False


def _sensor_place(depth: int, nodes: int) -> tuple[int, int, float]:
    """The two layers around the middle of a third of the tank, and the part of the lower one."""
    place = (2 * depth - 1) / 6.0 * nodes - 0.5
    above = int(place)
    return above, min(above + 1, nodes - 1), place - above


class Tank:
    """One tank; `temps` in °C, top first.

    `step` moves water through two ports, top and bottom. Whatever enters and does not leave by the same
    port travels `down` or `up`; the flux form conserves energy exactly.
    """

    __slots__ = (
        "_ambient_sum", "_conduct", "_drain", "_gain", "_loss_j", "_node_j", "_per_kg",
        "_sensors", "lost_j", "temps",
    )  # fmt: skip

    def __init__(self, params: TankParams, step_s: float, start_c: float) -> None:
        """A tank of uniform `start_c`."""
        node_kg = params.mass_kg / params.nodes
        area_m2 = params.mass_kg / 1000.0 / params.height_m
        layer_m = params.height_m / params.nodes
        self._node_j = node_kg * CP_J_PER_KG_K
        self._per_kg = step_s / node_kg
        self._conduct = params.conductivity_w_per_m_k * area_m2 / layer_m * step_s / self._node_j
        self._drain = params.ua_w_per_k / params.nodes * step_s / self._node_j
        self._loss_j = params.ua_w_per_k / params.nodes * step_s
        self._gain = self._drain * params.ambient_c
        self._ambient_sum = params.ambient_c * params.nodes
        self._sensors = tuple(_sensor_place(depth, params.nodes) for depth in (1, 2, 3))
        self.temps = [start_c] * params.nodes
        self.lost_j = 0.0

    @property
    def stored_j(self) -> float:
        """Heat held above 0 °C."""
        return self._node_j * sum(self.temps)

    def sensor_c(self, depth: int) -> float:
        """What the sensor in the middle of the top (1), middle (2) or bottom (3) third sees."""
        above, below, share = self._sensors[depth - 1]
        temps = self.temps
        return temps[above] + (temps[below] - temps[above]) * share

    def depths_c(self) -> tuple[float, float, float]:
        """All three sensors, top first."""
        return self.sensor_c(1), self.sensor_c(2), self.sensor_c(3)

    def step(self, top_kg_s: float, top_c: float, bottom_kg_s: float, bottom_c: float) -> None:
        """One step with `top_kg_s` of `top_c` entering above and `bottom_kg_s` of `bottom_c` below.

        The same water leaves by the opposite port; opposing flows meet as their difference. Without flow
        nothing can turn upside down: conduction and loss keep the order of the layers.
        """
        old = self.temps
        self.lost_j += self._loss_j * (sum(old) - self._ambient_sum)
        from_above = from_below = self._conduct
        net = (top_kg_s - bottom_kg_s) * self._per_kg
        if net > 0.0:
            from_above += net
        else:
            from_below -= net
        keep, gain = 1.0 - from_above - from_below - self._drain, self._gain
        new: list[float] = []
        append = new.append
        above = here = old[0]
        for below in old[1:]:
            append(keep * here + from_above * above + from_below * below + gain)
            above, here = here, below
        append(keep * here + from_above * above + from_below * here + gain)
        if top_kg_s or bottom_kg_s:
            new[0] += top_kg_s * self._per_kg * (top_c - old[0])
            new[-1] += bottom_kg_s * self._per_kg * (bottom_c - old[-1])
            if is_inverted(new):
                pool_adjacent_violators(new)
        self.temps = new
