"""The rules of the house, read off the source: who may import whom, who may ask the time, what is banned."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("layouts", "states", "hw", "proto")
MAY_IMPORT = {
    "layouts": (),
    "states": ("layouts",),
    "hw": ("layouts", "states.image"),
    "proto": ("layouts", "states.image"),
}
OURS = (*ROOMS, "scada", "tests")


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def production() -> list[Path]:
    return [ROOT / "scada.py", *(path for room in ROOMS for path in sources(room))]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted module) of every import, nested ones included; from-imports with the name appended."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "relative." * node.level + (node.module or "")


def within(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(allowed + ".")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_its_row_allows(room: str) -> None:
    broken = []
    for path in sources(room):
        for line, module in imports(path):
            ours = module.split(".")[0] in OURS
            if ours and not any(within(module, ok) for ok in (room, *MAY_IMPORT[room])):
                broken.append(f"{path.relative_to(ROOT)}:{line} imports {module}")
    assert broken == []


def test_the_twin_is_imported_from_nowhere_but_its_own_room_and_scada() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in production()
        if path.name != "scada.py" and "twin" not in path.parts
        for line, module in imports(path)
        if within(module, "hw.twin")
    ]
    assert broken == []


CLOCKS = {
    "time": {
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "perf_counter_ns",
        "sleep",
        "localtime",
    },
    "datetime": {"now", "utcnow", "today"},
}


def test_nobody_but_the_clock_asks_the_time_or_sleeps() -> None:
    """Commands that run as processes of their own are listed by name; nothing of a tick is."""
    own_process = {"proto/store/child.py", "proto/commands.py", "hw/failsafe.py"}
    broken = []
    for path in production():
        name = str(path.relative_to(ROOT))
        if name in {"hw/clock.py", *own_process}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                asked = CLOCKS.get(node.value.id, set())
                if node.attr in asked or (node.value.id == "date" and node.attr == "today"):
                    broken.append(f"{name}:{node.lineno} {node.value.id}.{node.attr}")
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                broken.append(f"{name}:{node.lineno} from time import")
    assert broken == []


FORBIDDEN_MODULES = (
    "asyncio",
    "threading",
    "pickle",
    "marshal",
    "shelve",
    "concurrent",
    "multiprocessing",
    "random",
)
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "print"}


def test_forbidden_things_do_not_occur_in_production_code() -> None:
    broken = []
    for path in production():
        name = str(path.relative_to(ROOT))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, module in imports(path):
            seeded = module.startswith("random.Random") or (module == "random" and _only_seeded(tree))
            if module.split(".")[0] in FORBIDDEN_MODULES and not seeded:
                broken.append(f"{name}:{line} imports {module}")
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert):
                broken.append(f"{name}:{node.lineno} assert")
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                broken.append(f"{name}:{node.lineno} bare except")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                banned = node.func.id in FORBIDDEN_CALLS - ({"print"} if _speaks(name) else set())
                if banned:
                    broken.append(f"{name}:{node.lineno} {node.func.id}()")
    assert broken == []


def _speaks(name: str) -> bool:
    return name in ("scada.py", "hw/failsafe.py", "proto/store/child.py")


def _only_seeded(tree: ast.AST) -> bool:
    """`random` is used only as `random.Random(...)`: a source handed in or seeded, never the global one."""
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random"
    }
    return used <= {"Random", "SystemRandom"}


def test_no_way_to_weaken_tls_exists() -> None:
    words = (
        "CERT_NONE",
        "CERT_OPTIONAL",
        "tls_insecure",
        "_create_unverified_context",
        "check_hostname = False",
    )
    broken = [f"{p.relative_to(ROOT)}: {w}" for p in production() for w in words if w in p.read_text("utf-8")]
    assert broken == []


def test_files_stay_readable_in_one_sitting() -> None:
    """Small rooms: about 300 lines a file. The image is the one list of shared types, and `scada.py` is the
    program from top to bottom: ledger, tick, wiring, commands; both may be longer.
    """
    allowed = {"states/image.py": 460, "scada.py": 485}
    long = []
    for path in production():
        name = str(path.relative_to(ROOT))
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > allowed.get(name, 300):
            long.append(f"{name}: {lines}")
    assert long == []


def test_functions_stay_below_fifty_lines() -> None:
    long = []
    for path in production():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > 50:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length}")
    assert long == []


def test_every_file_opens_with_one_sentence_of_what_it_is_for() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in production()
        if not ast.get_docstring(ast.parse(p.read_text("utf-8")))
    ]
    assert silent == []


def test_only_the_rooms_and_the_usual_files_stand_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so there is no list of committed files")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert top <= {
        "scada.py", "states", "hw", "proto", "layouts", "tests", "docs", "config.toml", "requirements.txt",
        "README.md", "pyproject.toml", "Makefile", "requirements.in", ".ci", "LICENSE", ".gitignore",
    }  # fmt: skip


@pytest.mark.parametrize(
    "tool", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=" ".join
)
def test_format_lint_and_types_are_clean(tool: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
