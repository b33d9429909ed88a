"""A simulated Wi-Fi module: power, boot order, parameter handshake, and the mail it sends.

The firmware boots in this order: POST code-update, wait; POST its parameters, wait; then measure. Both waits
have no time-out, and nobody listening at that moment stops the program until its power is cycled. A 200
answer to code-update that is not JSON (an empty one too) is taken for a new program and ends this one.
"""

from __future__ import annotations

from enum import StrEnum
from heapq import heappop, heappush
from typing import Any, Protocol

import msgspec

from hw.twin.faults import Pico as PicoFaultKind

GARBAGE = b'{"HwUid":"pico_\xff\x00'
BOOT_S = 45.0
MAIL_LIMIT = 2000


class Phase(StrEnum):
    """Where a module stands."""

    OFF = "off"
    BOOTING = "booting"
    ASKING_CODE = "asking-code"
    ASKING_PARAMS = "asking-params"
    RUNNING = "running"
    HUNG = "hung"
    REPLACED = "replaced"
    """Its program was overwritten by a careless answer; only a person with a cable can help."""


class Sender(Protocol):
    """What the mail knows of a sender."""

    generation: int

    def answered(self, kind: str, status: int, body: bytes, mono_ms: int, mail: Mail) -> None:
        """The answer to a post of `kind` came."""

    def unheard(self, kind: str) -> None:
        """Nobody took the post of `kind`."""


class Letter:
    """A post on its way; void once its sender has lost power."""

    __slots__ = ("body", "generation", "kind", "path", "sender")

    def __init__(self, sender: Sender, kind: str, path: str, body: bytes) -> None:
        """A post of `sender`, alive as long as its generation is."""
        self.sender = sender
        self.generation = sender.generation
        self.kind = kind
        self.path = path
        self.body = body


class Mail:
    """Posts in the order they fall due; bounded, what is dropped is counted."""

    def __init__(self, step_ms: int = 0, origin_ms: int = 0) -> None:
        """Empty. With `step_ms`, measured data is sent on that grid of house time, from `origin_ms` on."""
        self._step_ms = step_ms
        self._origin_ms = origin_ms
        self._heap: list[tuple[int, int, Letter]] = []
        self._count = 0
        self.lost = 0

    @property
    def next_ms(self) -> int | None:
        """When the next post falls due; None while there is none."""
        return self._heap[0][0] if self._heap else None

    def put(self, due_ms: int, sender: Sender, kind: str, path: str, body: bytes) -> None:
        """Send at house time `due_ms`."""
        if self._step_ms and kind == "data":
            due_ms -= (due_ms - self._origin_ms) % self._step_ms
        if len(self._heap) >= MAIL_LIMIT:
            self.lost += 1
            oldest = heappop(self._heap)[2]
            oldest.sender.unheard(oldest.kind)
        self._count += 1
        heappush(self._heap, (due_ms, self._count, Letter(sender, kind, path, body)))

    def take(self) -> tuple[int, Letter]:
        """The next post and its due time; only when `next_ms` is not None."""
        due_ms, _, letter = heappop(self._heap)
        return due_ms, letter


class PicoModule:
    """What tank modules, flow modules and heat meters share. `actor` is the node whose paths it posts to."""

    params_suffix = ""
    data_suffix = ""

    def __init__(self, actor: str, hw_uid: str, phase_ms: int, ready_ms: int) -> None:
        """`phase_ms` is its place inside a ten-second window; `ready_ms` when its first boot is over."""
        self.actor = actor
        self.hw_uid = hw_uid
        self.phase_ms = phase_ms
        self.phase = Phase.BOOTING
        self.generation = 0
        self.refused = 0
        """Posts that were not answered with 200, or not at all: their data is gone."""
        self.fault: PicoFaultKind | None = None
        self._ready_ms = ready_ms
        self._code_path = f"/{actor}/code-update"
        self._params_path = f"/{actor}/{self.params_suffix}"
        self._data_path = f"/{actor}/{self.data_suffix}"

    def power(self, on: bool, mono_ms: int) -> None:
        """The 5 V bus came (then it boots for up to 45 s) or went (then everything unsent is gone)."""
        if self.phase is Phase.REPLACED:
            return
        self.generation += 1
        self.phase = Phase.BOOTING if on else Phase.OFF
        self._ready_ms = mono_ms + int(BOOT_S * 1000) - self.phase_ms

    def plan(self, start_ms: int, end_ms: int, mail: Mail) -> None:
        """Decide what is posted from `start_ms` until `end_ms`, the plant being as it now is."""
        if self.phase is Phase.RUNNING:
            self._measure(start_ms, end_ms, mail)
        elif self.phase is Phase.BOOTING and self._ready_ms < end_ms:
            self.phase = Phase.ASKING_CODE
            mail.put(max(self._ready_ms, start_ms), self, "code", self._code_path, self._code_body())

    def answered(self, kind: str, status: int, body: bytes, mono_ms: int, mail: Mail) -> None:
        """Go on with the boot; a data post not answered 200 is lost."""
        if kind == "code" and self.phase is Phase.ASKING_CODE:
            if status == 200 and not _is_json(body):
                self.phase = Phase.REPLACED
                return
            self.phase = Phase.ASKING_PARAMS
            mail.put(mono_ms + 200, self, "params", self._params_path, self._params_body())
        elif kind == "params" and self.phase is Phase.ASKING_PARAMS:
            if status == 200:
                self._take_params(json_object(body))
            self.phase = Phase.RUNNING
            self._begin(mono_ms, mail)
        elif status != 200:
            self.refused += 1

    def unheard(self, kind: str) -> None:
        """Connection refused: during the boot that stops the program, later it loses the data."""
        self.refused += 1
        if kind in ("code", "params") and self.phase in (Phase.ASKING_CODE, Phase.ASKING_PARAMS):
            self.phase = Phase.HUNG

    def _post(self, due_ms: int, mail: Mail, body: bytes) -> None:
        """Send measured data, as far as the fault of the day lets it through."""
        if self.fault is PicoFaultKind.SILENT:
            return
        if self.fault is PicoFaultKind.GARBAGE:
            body = GARBAGE
        elif self.fault is PicoFaultKind.WRONG_UID:
            body = body.replace(self.hw_uid.encode(), b"pico_000000")
        mail.put(due_ms, self, "data", self._data_path, body)

    def _code_body(self) -> bytes:
        return msgspec.json.encode({
            "HwUid": self.hw_uid, "ActorNodeName": self.actor, "TypeName": "new.code", "Version": "100",
        })  # fmt: skip

    def _params_body(self) -> bytes:
        raise NotImplementedError

    def _take_params(self, params: dict[str, Any]) -> None:
        raise NotImplementedError

    def _begin(self, mono_ms: int, mail: Mail) -> None:
        raise NotImplementedError

    def _measure(self, start_ms: int, end_ms: int, mail: Mail) -> None:
        raise NotImplementedError


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError:
        return False
    return True


def json_object(body: bytes) -> dict[str, Any]:
    """The object in `body`; empty when it is something else, so that the old parameters stay."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


def positive_int(params: dict[str, Any], key: str, present: int) -> int:
    """A positive whole number from an answer, else the present value."""
    value = params.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    return present
