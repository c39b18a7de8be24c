"""Where compiled kernels are kept: a folder per file, by what it rests on."""

from __future__ import annotations

import importlib
import pkgutil
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
