"""The mutation operators, fixed in advance: what may be changed in a syntax tree, one place at a time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
TWINS = {"max": "min", "min": "max", "any": "all", "all": "any"}


class Mutant(NamedTuple):
    """One change of a tree that can be made and taken back."""

    operator: str
    line: int
    words: str
    apply: Callable[[], None]
    undo: Callable[[], None]


def mutants_of(tree: ast.Module) -> Iterator[Mutant]:
    """Every mutant of the tree; apply, compile and undo one before asking for the next."""
    for node in _live(tree):
        yield from _of_expression(node)
        yield from _of_condition(node)
        yield from _of_block(node)


def _live(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that decide something at run time: no annotations, no class options, no `__all__`."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params") or (
            isinstance(node, ast.ClassDef) and name == "keywords"
        ):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_listing(child):
                yield from _live(child)


def _is_listing(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _swap(operator: str, owner: Any, field: str, new: Any, words: str, line: int) -> Mutant:
    """Replace `owner.field` (or one list item, `field` "name:3")."""
    name, _, index = field.partition(":")
    place: Any = getattr(owner, name)
    old = place[int(index)] if index else place

    def put(value: Any) -> None:
        if index:
            place[int(index)] = value
        else:
            setattr(owner, name, value)

    return Mutant(operator, line, words, lambda: put(new), lambda: put(old))


def _of_expression(node: ast.AST) -> Iterator[Mutant]:
    match node:
        case ast.Compare():
            for i, op in enumerate(node.ops):
                for other in COMPARISONS[type(op)]:
                    words = f"{type(op).__name__} -> {other.__name__} in {ast.unparse(node)}"
                    yield _swap("comparison", node, f"ops:{i}", other(), words, node.lineno)
        case ast.BinOp() | ast.AugAssign() if type(node.op) in ARITHMETIC:
            for arith in ARITHMETIC[type(node.op)]:
                words = f"{type(node.op).__name__} -> {arith.__name__} in {ast.unparse(node)}"
                yield _swap("arithmetic", node, "op", arith(), words, node.lineno)
        case ast.Call(func=ast.Name(id=name)) if name in TWINS:
            words = f"{name} -> {TWINS[name]} in {ast.unparse(node)}"
            yield _swap("twin", node.func, "id", TWINS[name], words, node.lineno)
        case ast.Constant(value=bool()):
            yield _swap("constant", node, "value", not node.value, f"{node.value!r} flipped", node.lineno)
        case ast.Constant(value=int() | float() as number):
            for new in dict.fromkeys((number + 1, number - 1, 0)):
                if new != number:
                    yield _swap("constant", node, "value", new, f"{number} -> {new}", node.lineno)
        case ast.UnaryOp(op=ast.USub()):
            words = f"minus dropped in {ast.unparse(node)}"
            yield _swap("unary", node, "op", ast.UAdd(), words, node.lineno)
        case ast.UnaryOp(op=ast.Not()):
            twice = ast.UnaryOp(ast.Not(), node.operand)
            yield _swap("unary", node, "operand", twice, f"not dropped in {ast.unparse(node)}", node.lineno)
        case ast.BoolOp():
            yield from _of_bool(node)


def _of_bool(node: ast.BoolOp) -> Iterator[Mutant]:
    text = ast.unparse(node)
    conjunction = isinstance(node.op, ast.And)
    yield _swap(
        "and/or", node, "op", ast.Or() if conjunction else ast.And(), f"and/or swapped in {text}", node.lineno
    )
    for i, value in enumerate(node.values):
        words = f"{ast.unparse(value)} dropped from {text}"
        yield _swap("operand", node, f"values:{i}", ast.Constant(conjunction), words, node.lineno)


def _of_condition(node: ast.AST) -> Iterator[Mutant]:
    tests: list[tuple[Any, str]] = []
    if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
        tests = [(node, "test")]
    elif isinstance(node, ast.comprehension):
        tests = [(node, f"ifs:{i}") for i in range(len(node.ifs))]
    for owner, field in tests:
        name, _, index = field.partition(":")
        test = getattr(owner, name)[int(index)] if index else getattr(owner, name)
        text = ast.unparse(test)
        for new, words in (
            (ast.UnaryOp(ast.Not(), test), f"if {text} negated"),
            (ast.Constant(True), f"if {text} always"),
            (ast.Constant(False), f"if {text} never"),
        ):
            yield _swap("condition", owner, field, new, words, test.lineno)


def _of_block(node: ast.AST) -> Iterator[Mutant]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if not isinstance(block, list):
            continue
        for i, statement in enumerate(block):
            yield from _of_statement(block, i, statement)


def _of_statement(block: list[ast.stmt], i: int, statement: ast.stmt) -> Iterator[Mutant]:
    text = ast.unparse(statement).partition("\n")[0]
    line = statement.lineno

    def swapped(operator: str, new: ast.stmt, words: str) -> Mutant:
        old = block[i]
        return Mutant(
            operator, line, words, lambda: block.__setitem__(i, new), lambda: block.__setitem__(i, old)
        )

    match statement:
        case ast.Return(value=None):
            yield swapped("return", ast.Pass(), "early return removed")
        case ast.Return():
            yield swapped("return", ast.Return(ast.Constant(None)), f"{text} -> return None")
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield swapped("statement", ast.Pass(), f"{text} removed")
