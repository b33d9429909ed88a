"""One legal payload and envelope of every message, the same in every run."""

from __future__ import annotations

import json
from typing import Any

from msgspec import inspect

from proto.wire import KNOWN, topic
from tests.wire.axioms import keep_axioms
from tests.wire.shapes import BY_PATTERN

SCADA = "d1.isone.me.versant.keene.oak.scada"
LTN = "d1.isone.me.versant.keene.oak"
UID = "11111111-1111-4111-8111-111111111119"

_TEXTS = {
    "ALIAS": SCADA,
    "NAME": "relay6",
    "HANDLE": "auto.lc.n",
    "UUID4": UID,
    "PICO": "pico_00ff0a",
    "MARKET": "e.rt60gate5.d1.isone.ver.keene",
    "SLOT": "e.rt60gate5.d1.isone.ver.keene.1770001200",
}
_BY_PATTERN = dict(zip(BY_PATTERN, _TEXTS.values(), strict=True))


def _number(least: float) -> int:
    if least > 10**11:
        return 1_770_001_200_000
    return 1_770_001_200 if least > 1 else 7


def _value(kind: inspect.Type) -> Any:
    match kind:
        case inspect.Metadata():
            return _value(kind.type)
        case inspect.IntType():
            return _number(kind.ge or 0)
        case inspect.FloatType():
            return 1.5
        case inspect.BoolType():
            return True
        case inspect.LiteralType():
            return sorted(kind.values, key=str)[0]
        case inspect.StrType():
            return _BY_PATTERN[kind.pattern] if kind.pattern else "text"
        case inspect.VarTupleType():
            return [_value(kind.item_type)]
        case inspect.DictType():
            return {"1": _value(kind.value_type)}
        case inspect.UnionType():
            return _value(kind.types[0])
        case inspect.StructType():
            return _body(kind)
    raise TypeError(f"no example for {kind}")


def _body(kind: inspect.StructType) -> dict[str, Any]:
    found = {
        field.encode_name: field.default if field.encode_name == "Version" else _value(field.type)
        for field in kind.fields
    }
    return {"TypeName": kind.tag, **found} if kind.tag is not None else found


def example(name: str) -> dict[str, Any]:
    """A legal payload of the message called `name`."""
    info = inspect.type_info(KNOWN[name])
    if not isinstance(info, inspect.StructType):
        raise TypeError(name)
    body: dict[str, Any] = keep_axioms(_body(info))
    return body


def envelope(payload: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A legal envelope around `payload`, with header fields as given."""
    name = payload["TypeName"]
    acked = name.startswith(("gridworks.ping", "gridworks.event")) or name in (
        "report.event",
        "remaining.elec.event",
    )
    return {
        "Header": {
            "Src": payload.get("Src", SCADA),
            "Dst": "ltn",
            "MessageType": name,
            "MessageId": payload.get("MessageId", ""),
            "AckRequired": acked,
            "TypeName": "gridworks.header",
            "Version": "001",
            **header,
        },
        "Payload": payload,
        "TypeName": "gw",
    }


def on_the_wire(payload: dict[str, Any], **header: Any) -> tuple[str, bytes]:
    """(topic, body) of `payload` as a peer would publish it."""
    whole = envelope(payload, **header)
    return topic(whole["Header"]["Src"], "ltn", payload["TypeName"]), json.dumps(whole).encode()
