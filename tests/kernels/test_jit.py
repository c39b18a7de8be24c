"""Where compiled kernels are kept: a folder per file, by what it rests on."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import flightward.kernels
from flightward.kernels import _jit

NAMES = sorted(m.name for m in pkgutil.iter_modules(flightward.kernels.__path__))


def test_a_kernel_rests_on_what_it_imports_and_on_what_that_imports():
    names = {p.stem for p in _jit.sources("scan")}
    assert {"scan", "_jit", "imm", "marginals", "assign", "trackstate", "visibility"} <= names
    assert "changepoint" not in names


def test_an_edit_moves_the_folders_of_all_that_rests_on_it_and_no_other(tmp_path, monkeypatch):
    for source in Path(_jit.__file__).parent.glob("*.py"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    monkeypatch.setattr(_jit, "__file__", str(tmp_path / "_jit.py"))
    monkeypatch.setattr(_jit, "_FOLDER", {})
    before = {n: _jit.cache_folder(n) for n in NAMES}
    (tmp_path / "imm.py").write_bytes((tmp_path / "imm.py").read_bytes() + b"\n# edited\n")
    monkeypatch.setattr(_jit, "_FOLDER", {})
    moved = {n for n in NAMES if _jit.cache_folder(n) != before[n]}
    assert moved == {n for n in NAMES if "imm" in {p.stem for p in _jit.sources(n)}}
    assert {"imm", "scan"} <= moved
    assert "hull" not in moved


@pytest.mark.parametrize("name", NAMES)
def test_no_kernel_file_imports_others_in_a_way_that_the_search_misses(name):
    module = importlib.import_module(f"flightward.kernels.{name}")
    used = {
        v.__module__.rpartition(".")[2] for v in vars(module).values()
        if str(getattr(v, "__module__", "")).startswith("flightward.kernels.")
    }  # fmt: skip
    assert used <= {p.stem for p in _jit.sources(name)}


def test_a_kernel_counts_as_compiled_from_its_first_form_on(tmp_path):
    asks = (
        "from flightward.kernels import _jit, turn; print(_jit.is_compiled(turn.arc)); turn.arc(0.1, 1.0);"
        "print(_jit.is_compiled(turn.arc), _jit.is_compiled(turn.predict_turn))"
    )
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "NUMBA_DISABLE_JIT": "0"}
    env.pop("NUMBA_CACHE_DIR", None)
    told = [subprocess.run([sys.executable, "-c", asks], env=env, text=True, capture_output=True, check=True).stdout
            for _ in range(2)]  # fmt: skip
    assert [t.split() for t in told] == [["False", "True", "False"], ["True", "True", "False"]]


MAKES_NONE = {"int64", "isfinite", "isnan", "sqrt"}
"""numpy's functions that make no array."""


def functions() -> dict[tuple[str, str], ast.FunctionDef]:
    """All functions of the kernels, by file and name."""
    folder = Path(_jit.__file__).parent
    return {
        (name, node.name): node
        for name in NAMES
        for node in ast.parse((folder / f"{name}.py").read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


def reached(start: tuple[str, str], known: dict[tuple[str, str], ast.FunctionDef]) -> set[tuple[str, str]]:
    """That function and all that it calls, in whatever file."""
    found, todo = set(), [start]
    while todo:
        one = todo.pop()
        if one in found:
            continue
        found.add(one)
        module = importlib.import_module(f"flightward.kernels.{one[0]}")
        for node in ast.walk(known[one]):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            called = getattr(module, node.func.id, None)
            home = str(getattr(called, "__module__", "")).rpartition(".")[2]
            if (home, getattr(called, "__name__", "")) in known:
                todo.append((home, called.__name__))
    return found


KNOWN = functions()
BARE = sorted(k for k, f in KNOWN.items() if any(isinstance(d, ast.Name) and d.id == "bare" for d in f.decorator_list))


@pytest.mark.parametrize("start", BARE, ids=lambda k: ".".join(k))
def test_a_kernel_that_counts_no_arrays_makes_none_and_calls_none_that_does(start):
    """Numba compiles what is called from it first without counting too; whether that fails, is a matter of order."""
    for name, function in sorted(reached(start, KNOWN)):
        for node in ast.walk(KNOWN[name, function]):
            assert not isinstance(node, ast.List | ast.ListComp | ast.Dict | ast.Set), (name, function, node.lineno)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = node.func.value
                is_numpy = isinstance(of, ast.Name) and of.id == "np" and node.func.attr in MAKES_NONE
                is_free = is_numpy or ast.unparse(of) == "math" or node.func.attr == "reshape"  # a view
                assert is_free, (name, function, ast.unparse(node))


def test_there_are_kernels_that_count_no_arrays():
    assert ("caught", "_raid_spans") in BARE
    assert ("ordered", "in_order") in reached(("caught", "_raid_spans"), KNOWN)
