"""Random JSON of the right shape, from our own message types and from the fields of independent models."""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from enum import Enum
from typing import Any

from hypothesis import strategies as st
from msgspec import NODEFAULT, Struct, inspect

from proto.wire import formats as f
from tests.wire.axioms import keep_axioms

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_WORD = st.from_regex(r"\A[a-z][a-z0-9]{0,4}\Z")


def _joined(mark: str) -> st.SearchStrategy[str]:
    return st.lists(_WORD, min_size=1, max_size=4).map(mark.join)


ALIAS = _joined(".")
NAME = _joined("-")
HANDLE = st.lists(NAME, min_size=1, max_size=3).map(".".join)
UUID4 = st.uuids(version=4).map(str)
SECONDS = st.integers(f.FIRST_S, f.LAST_S)
MILLIS = st.integers(f.FIRST_S * 1000, f.LAST_S * 1000)
INT64 = st.integers(-(2**63), 2**63 - 1)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
MARKET = ALIAS.map(lambda alias: f"e.rt60gate5.{alias}")
SLOT = st.builds(lambda name, n: f"{name}.{1_000_000_800 + 3600 * n}", MARKET, st.integers(0, 10_000))


def _pattern(meta_type: Any) -> str:
    return str(typing.get_args(meta_type)[1].pattern)


BY_PATTERN = {
    _pattern(f.LeftRightDot): ALIAS,
    _pattern(f.SpaceheatName): NAME,
    _pattern(f.HandleName): HANDLE,
    _pattern(f.UUID4): UUID4,
    _pattern(f.PicoUid): st.just("pico_00ff0a"),
    _pattern(f.MarketName): MARKET,
    _pattern(f.MarketSlotName): SLOT,
}

# ---------------------------------------------------------------------------------- from our own types


def ours(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """JSON values of a type as msgspec sees it."""
    match kind:
        case inspect.Metadata():
            return ours(kind.type)
        case inspect.IntType():
            return st.integers(kind.ge, kind.le)
        case inspect.FloatType():
            return FLOAT
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.StrType() if kind.pattern:
            return BY_PATTERN[kind.pattern]
        case inspect.StrType():
            return st.text(
                st.characters(exclude_categories=["Cs"]), min_size=kind.min_length or 0, max_size=12
            )
        case inspect.VarTupleType():
            return st.lists(ours(kind.item_type), max_size=2)
        case inspect.DictType():
            return st.dictionaries(ours(kind.key_type), ours(kind.value_type), max_size=3)
        case inspect.UnionType():
            return st.one_of([ours(one) for one in kind.types])
        case inspect.StructType():
            return ours_body(kind)
    raise TypeError(f"no strategy for {kind}")


def ours_body(kind: inspect.StructType) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects of one of our structs; optional keys are now and then left out."""
    needed = {field.encode_name: ours(field.type) for field in kind.fields if field.required}
    maybe = {
        field.encode_name: (
            st.just(field.default)
            if field.encode_name == "Version" and field.default is not NODEFAULT
            else ours(field.type)
        )
        for field in kind.fields
        if not field.required
    }
    if kind.tag is not None:
        needed["TypeName"] = st.just(kind.tag)
    return st.fixed_dictionaries(needed, optional=maybe)


def our_payloads(kind: type[Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """Legal payloads of a message type of ours."""
    info = inspect.type_info(kind)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{kind} is no struct")
    return ours_body(info).map(keep_axioms)


# ------------------------------------------------------------------------ from an independent model

BY_CHECK = {
    "is_left_right_dot": ALIAS,
    "is_spaceheat_name": NAME,
    "is_handle_name": HANDLE,
    "is_uuid4_str": UUID4,
    "is_market_name": MARKET,
    "is_market_slot_name": SLOT,
}
_EMPTY = (None, type(None))


def _number(metadata: Sequence[Any]) -> st.SearchStrategy[int]:
    low, high = -(2**63), 2**63 - 1
    for note in _flat(metadata):
        low = max(low, int(note.gt) + 1) if hasattr(note, "gt") else low
        low = max(low, int(note.ge)) if hasattr(note, "ge") else low
        high = min(high, int(note.le)) if hasattr(note, "le") else high
    return st.integers(low, high)


def _flat(metadata: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for note in metadata:
        inner = getattr(note, "metadata", None)
        found += _flat(inner) if inner else [note]
    return found


def theirs(annotation: Any, metadata: Sequence[Any] = ()) -> st.SearchStrategy[Any]:
    """JSON values for a field annotation of a pydantic model."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return theirs(args[0], (*metadata, *args[1:]))
    if origin in (typing.Union, types.UnionType):
        return st.one_of([st.none() if one in _EMPTY else theirs(one, metadata) for one in args])
    if origin is typing.Literal:
        return st.sampled_from(args)
    if origin is dict:
        return st.dictionaries(st.integers(1, 6).map(str), theirs(args[1]), max_size=3)
    if origin is not None and issubclass(origin, Sequence):
        return st.lists(theirs(args[0]), max_size=2)
    if issubclass(annotation, Enum):
        return st.sampled_from([member.value for member in annotation])
    if hasattr(annotation, "model_fields"):
        return their_body(annotation)
    if annotation is int:
        return _number(metadata)
    if annotation is str:
        checks = [getattr(getattr(note, "func", None), "__name__", "") for note in metadata]
        return next((BY_CHECK[check] for check in checks if check in BY_CHECK), TEXT)
    return {float: FLOAT, bool: st.booleans()}[annotation]


def their_body(model: Any) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects for every field of a model; Version and TypeName as the model has them."""
    parts = {}
    for name, field in model.model_fields.items():
        fixed = name in ("TypeName", "Version")
        parts[name] = st.just(field.default) if fixed else theirs(field.annotation, field.metadata)
    return st.fixed_dictionaries(parts)
