"""The boards of one house on the simulated bus: relays, 0-10 V outputs and the pipe thermistors."""

from __future__ import annotations

from collections.abc import Callable

from hw.twin.chips import Ads1115, Chip, Gp8403, Pcf8575, relay_pin
from hw.twin.faults import ContactFault, PinFault, SupplySag, Thermistor, ThermistorFault
from hw.twin.noise import Noise
from hw.twin.thermistor import pipe_volts
from layouts.model import House, PipeBoard


class RelayBoards:
    """The relay boards: coils by relay index, and contacts, which differ from coils only by a fault."""

    def __init__(self, house: House, on_change: Callable[[frozenset[int], frozenset[int]], None]) -> None:
        """`on_change(before, after)` hears of every change of the energised coils."""
        self._on_change = on_change
        self._installed = frozenset(relay.index for relay in house.relays)
        self.chips = {address: Pcf8575(self._changed) for address in house.relay_boards}
        self.coils: frozenset[int] = frozenset()
        self.supplied: Callable[[], bool] = lambda: True
        self._pin_faults: list[PinFault] = []
        self._contact_faults: list[ContactFault] = []

    @property
    def contacts(self) -> frozenset[int]:
        """Indices of the relays whose contacts are in the energised position; without supply none pulls."""
        pulled = self.coils if self.supplied() else frozenset()
        if not self._contact_faults:
            return pulled
        welded = {fault.relay_index: fault.energised for fault in self._contact_faults}
        standing = {index for index, energised in welded.items() if energised}
        return frozenset(standing | (pulled - set(welded)))

    def inject(self, fault: PinFault | ContactFault) -> Callable[[], None]:
        """Begin a fault; the answer ends it."""
        if isinstance(fault, ContactFault):
            self._contact_faults.append(fault)
            return lambda: self._contact_faults.remove(fault)
        self._pin_faults.append(fault)
        self._stick()
        return lambda: self._unstick(fault)

    def _unstick(self, fault: PinFault) -> None:
        self._pin_faults.remove(fault)
        self._stick()

    def _stick(self) -> None:
        for board, chip in enumerate(self.chips.values()):
            high = low = 0
            for fault in self._pin_faults:
                if (fault.relay_index - 1) // 16 == board:
                    bit = 1 << relay_pin(fault.relay_index)
                    low |= bit if fault.low else 0
                    high |= 0 if fault.low else bit
            chip.stick(high, low)

    def _changed(self) -> None:
        pins = [chip.pins for chip in self.chips.values()]
        before = self.coils
        self.coils = frozenset(
            index for index in self._installed if not pins[(index - 1) // 16] >> relay_pin(index) & 1
        )
        if before != self.coils:
            self._on_change(before, self.coils)


class OutputBoards:
    """The 0-10 V boards; the installer stored the house's default volts in them."""

    def __init__(self, house: House, on_change: Callable[[], None]) -> None:
        """`on_change` hears of every change of volts."""
        stored = {z.output_idx: z.default / 10.0 for z in house.zero_tens}
        self.chips = {
            address: Gp8403(on_change, (stored.get(2 * i + 1, 0.0), stored.get(2 * i + 2, 0.0)))
            for i, address in enumerate(house.dac_boards)
        }

    @property
    def volts(self) -> dict[int, float]:
        """Volts by output index (1, 2 on the first board; 3, 4 on the second)."""
        volts: dict[int, float] = {}
        for i, chip in enumerate(self.chips.values()):
            volts[2 * i + 1], volts[2 * i + 2] = chip.volts
        return volts


class PipeInputs:
    """The thermistor terminals of the pipe board: true temperature in, volts with noise and faults out."""

    def __init__(
        self,
        board: PipeBoard,
        temp_c: Callable[[str], float | None],
        mono_ms: Callable[[], int],
        seed: int,
        noise_v: float,
    ) -> None:
        """`temp_c(channel)` is the true temperature at a sensor, None where the plant has none."""
        self._supply_v = board.supply_v
        self._part = 1.0
        self._channel = {t.terminal: t.channel for t in board.thermistors}
        self._temp_c = temp_c
        self._mono_ms = mono_ms
        self._noise = Noise(seed, "pipe-board")
        self._noise_v = noise_v
        self._faults: dict[str, tuple[ThermistorFault, int, float]] = {}
        self.cut = False
        """Relay 7 energised: the common wire is open, and so is every thermistor."""
        self.chips: dict[int, Chip] = {
            address: Ads1115(self._input(4 * i)) for i, address in enumerate(board.addresses)
        }

    def inject(self, fault: ThermistorFault | SupplySag) -> Callable[[], None]:
        """Begin a fault; the answer ends it. Raises `ValueError` for a channel without a terminal."""
        if isinstance(fault, SupplySag):
            self._part *= fault.part
            return lambda: self._recover(fault)
        if fault.channel not in self._channel.values():
            raise ValueError(f"No thermistor terminal carries '{fault.channel}'.")
        at_c = self._temp_c(fault.channel)
        self._faults[fault.channel] = (fault, self._mono_ms(), 20.0 if at_c is None else at_c)
        return lambda: self._heal(fault)

    def _recover(self, fault: SupplySag) -> None:
        self._part /= fault.part

    def _heal(self, fault: ThermistorFault) -> None:
        present = self._faults.get(fault.channel)
        if present is not None and present[0] is fault:
            del self._faults[fault.channel]

    def _input(self, first: int) -> Callable[[int], float]:
        return lambda number: self.volts(first + number + 1)

    def volts(self, terminal: int) -> float:
        """Volts at a terminal, 1 to 12; an unconnected one floats up to the supply."""
        channel = self._channel.get(terminal)
        temp_c = None if channel is None or self.cut else self._temp_c(channel)
        if channel is None or temp_c is None:
            return self._supply_v * self._part
        held = self._faults.get(channel)
        if held is not None:
            fault, since_ms, was_c = held
            if fault.kind is Thermistor.OPEN:
                return self._supply_v * self._part
            if fault.kind is Thermistor.SHORT:
                return 0.0
            temp_c = self._faulty(fault, temp_c, since_ms, was_c)
        return self._part * pipe_volts(temp_c, self._supply_v) + self._noise_v * self._noise.next()

    def _faulty(self, fault: ThermistorFault, temp_c: float, since_ms: int, was_c: float) -> float:
        if fault.kind is Thermistor.FROZEN:
            return was_c
        if fault.kind is Thermistor.SWAPPED:
            other_c = self._temp_c(fault.other)
            return temp_c if other_c is None else other_c
        if fault.kind is Thermistor.LEAP:
            return temp_c + fault.amount
        if fault.kind is Thermistor.NOISE:
            return temp_c + fault.amount * self._noise.next()
        return temp_c + fault.amount * (self._mono_ms() - since_ms) / 3.6e6
