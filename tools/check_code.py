"""Our own checks of the source: what neither ruff nor import-linter can say. Exit 1 with a list if any fails.

    names       foreign units (_deg _ft _kt _fpm _nmi) stand only where people or foreign formats do
    clocks      stages, kernels and models read no clock and draw no random number
    size        a module has at most 400 lines, a function at most 60 (we aim at 250 and 40)
    kernels     every function in kernels/ has a decorator of _jit.py, starts with an underscore, or only makes what
                kernels work on (its name in ALLOCATES)
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent / "src" / "flightward"
SI_ONLY = ("tracks", "raids", "threats", "advice", "encounters", "model", "kernels")
NO_CLOCK = (*SI_ONLY, "wording", "score", "review", "pipeline.py")
FOREIGN = ("_deg", "_ft", "_kt", "_fpm", "_nmi")
CLOCKS = {"time.time", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.utcnow", "random.random"}
ALLOCATES = {"make", "grown", "blank"}
MODULE_LINES, FUNCTION_LINES = 400, 60


def place(path: Path) -> str:
    return path.relative_to(SRC).parts[0]


def foreign_names(tree: ast.AST) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
        if isinstance(name, str) and name.endswith(FOREIGN):
            found.append((getattr(node, "lineno", 0), f"foreign unit in the name {name}"))
    return found


def clock_reads(tree: ast.AST) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCKS:
            found.append((node.lineno, f"reads a clock or draws: {ast.unparse(node.func)}"))
    return found


def long_functions(tree: ast.AST) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append((node.lineno, f"{node.name} has {length} lines, more than {FUNCTION_LINES}"))
    return found


def bare_kernels(tree: ast.Module) -> list[tuple[int, str]]:
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            decorators = [ast.unparse(d) for d in node.decorator_list]
            if not {"kernel", "inner", "inlined", "bare"} & set(decorators) and node.name not in ALLOCATES:
                found.append((node.lineno, f"{node.name} is not a @kernel"))
    return found


def check(path: Path) -> list[tuple[int, str]]:
    text = path.read_text()
    tree = ast.parse(text)
    where = place(path)
    found = []
    if where in SI_ONLY:
        found += foreign_names(tree)
    if where in NO_CLOCK:
        found += clock_reads(tree)
    if where != "kernels":  # a kernel's inner loop is one function by need
        found += long_functions(tree)
    if where == "kernels" and path.name not in ("_jit.py", "__init__.py"):
        found += bare_kernels(tree)
    lines = text.count("\n")
    if lines > MODULE_LINES:
        found.append((1, f"{lines} lines, more than {MODULE_LINES}"))
    return found


def main() -> int:
    bad = 0
    for path in sorted(SRC.rglob("*.py")):
        for line, what in check(path):
            print(f"{path.relative_to(SRC.parent.parent)}:{line}: {what}")
            bad += 1
    print(f"{bad} places to mend" if bad else "our own checks: nothing to mend")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
