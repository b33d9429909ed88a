"""Proof of the tests: change one thing in a module's source, run its rows, and expect them to fail.

The operators are fixed here in advance and know nothing of the module. Nothing is skipped by name: a mutant
that no row can kill is an equivalent, and then the source is rewritten until it is gone.
"""

from __future__ import annotations

import ast
import importlib.util
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, ModuleType

from msgspec import Struct

from tests.mutation_operators import Mutant, mutants_of

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_S = 5.0
Variant = dict[str, ModuleType]
"""Dotted name -> module, the mutated one and those that import from it, freshly executed."""
RunRows = Callable[[Variant], None]
"""Runs the row tests on a variant and raises when one fails."""


class Result(Struct, frozen=True):
    """What a run found; `survivors` are lines to read, empty when the tests are good."""

    module: str
    sites: int
    killed: int
    survivors: tuple[str, ...]
    by_operator: dict[str, int]
    seconds: float

    def __str__(self) -> str:
        """A line for the log, then one per survivor."""
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(self.by_operator.items()))
        head = f"{self.module}: {self.sites} sites, {self.killed} killed in {self.seconds:.1f} s ({kinds})"
        return "\n".join([head, *self.survivors])


class Rows:
    """Row tests as a `RunRows`; the row that killed last is tried first."""

    def __init__(self, rows: Sequence[Callable[[Variant], None]]) -> None:
        self._rows = list(rows)

    def __call__(self, variant: Variant) -> None:
        for i, row in enumerate(self._rows):
            try:
                row(variant)
            except BaseException:
                self._rows.insert(0, self._rows.pop(i))
                raise


class Patch(Struct, frozen=True, kw_only=True):
    """A bug known from the field, as a change of our source: `before` occurs exactly once."""

    name: str
    module: str
    bug: str
    before: str
    after: str


def load_patches(path: Path) -> tuple[Patch, ...]:
    """The named mutants of one TOML file (`[[mutant]]` tables); raises on a malformed file."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
    return tuple(Patch(**row) for row in rows)


def mutate(module_path: str, run_rows: RunRows, dependents: Sequence[str] = ()) -> Result:
    """Run every mutant of `module_path` ("states/governor.py").

    `dependents` are dotted names of modules that import from it, in import order; they are executed again
    for each mutant so that nobody keeps an unmutated object. Raises AssertionError when the rows already
    fail on the unchanged source.
    """
    started = time.perf_counter()
    bench = Bench(module_path, dependents)
    tree = ast.parse(bench.source)
    reason = bench.verdict(compile(tree, bench.file, "exec"), run_rows)
    if reason is not None:
        raise AssertionError(f"{module_path}: the rows fail without any mutation: {reason}")
    counts: Counter[str] = Counter()
    survivors = []
    for mutant in mutants_of(tree):
        counts[mutant.operator] += 1
        if _survives(bench, tree, mutant, run_rows):
            survivors.append(f"  {module_path}:{mutant.line}: {mutant.operator}: {mutant.words}")
    sites = counts.total()
    seconds = time.perf_counter() - started
    return Result(module_path, sites, sites - len(survivors), tuple(survivors), dict(counts), seconds)


def kills_patch(patch: Patch, run_rows: RunRows, dependents: Sequence[str] = ()) -> bool:
    """Whether the rows notice a known bug; raises AssertionError when the patch no longer applies."""
    bench = Bench(patch.module, dependents)
    found = bench.source.count(patch.before)
    if found != 1:
        raise AssertionError(
            f"mutant {patch.name}: its text occurs {found} times in {patch.module}, not once"
        )
    code = compile(bench.source.replace(patch.before, patch.after), bench.file, "exec")
    return bench.verdict(code, run_rows) is not None


def _survives(bench: Bench, tree: ast.Module, mutant: Mutant, run_rows: RunRows) -> bool:
    mutant.apply()
    try:
        code = compile(ast.fix_missing_locations(tree), bench.file, "exec")
    finally:
        mutant.undo()
    return bench.verdict(code, run_rows) is None


class Bench:
    """Executes variants of a module together with the modules that import from it."""

    def __init__(self, module_path: str, dependents: Sequence[str]) -> None:
        self.file = str(ROOT / module_path)
        self.source = Path(self.file).read_text(encoding="utf-8")
        self.name = module_path.removesuffix(".py").replace("/", ".")
        self._others = [(name, _code_of(name)) for name in dependents]

    def verdict(self, code: CodeType, run_rows: RunRows) -> str | None:
        """Why the rows fail on this variant; None when they pass. Any error counts as failing."""
        with _only_for_now(self.name, *(name for name, _ in self._others)), _deadline(TIMEOUT_S):
            try:
                variant = {name: _execute(name, c) for name, c in [(self.name, code), *self._others]}
                run_rows(variant)
            except (Exception, _TooLongError) as error:  # noqa: BLE001  a mutant may raise anything
                return f"{type(error).__name__}: {error}"
        return None


class _TooLongError(BaseException):
    """A mutant runs for ever; not an Exception, so that no code under test swallows it."""


def _code_of(name: str) -> CodeType:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise AssertionError(f"no module {name}")
    return compile(Path(spec.origin).read_text(encoding="utf-8"), spec.origin, "exec")


def _execute(name: str, code: CodeType) -> ModuleType:
    module = ModuleType(name)
    sys.modules[name] = module
    exec(code, module.__dict__)
    return module


@contextmanager
def _only_for_now(*names: str) -> Iterator[None]:
    saved = {name: sys.modules.get(name) for name in names}
    try:
        yield
    finally:
        for name, module in saved.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    def ring(signum: int, frame: FrameType | None) -> None:
        raise _TooLongError(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
