"""One compiled form per kernel: a run never compiles a kernel again for another kind of array.

Read-only, strided and float32 arrays each compile again in silence, which costs a watch seconds in the middle of a
day. Counted in a process of its own, at the one door through which Python asks for a form that is not there yet.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import collections, json, sys, tempfile
from pathlib import Path
from numba.core.dispatcher import Dispatcher

asked = collections.defaultdict(list)
plain = Dispatcher._compile_for_args

def counted(self, *args, **more):
    f = self.py_func
    asked[f.__module__ + "." + f.__name__].append(str([self.typeof_pyval(a) for a in args])[:2000])
    return plain(self, *args, **more)

Dispatcher._compile_for_args = counted
from flightward.run import run_case

with tempfile.TemporaryDirectory() as folder:
    run_case(Path(sys.argv[1]), Path(folder) / "out")
print(json.dumps(asked))
"""


@pytest.fixture(scope="module")
def asked(small_case: Path) -> dict[str, list[str]]:
    done = subprocess.run([sys.executable, "-c", COUNT, str(small_case)], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_small_day_uses_the_kernels_of_all_stages(asked: dict[str, list[str]]) -> None:
    assert len(asked) > 30
    assert {"flightward.kernels.scan.scan", "flightward.kernels.selfreport.self_reports"} <= asked.keys()


def test_no_kernel_is_compiled_for_two_kinds_of_arguments(asked: dict[str, list[str]]) -> None:
    again = {name: forms for name, forms in asked.items() if len(forms) > 1}
    assert not again, "\n".join(f"{name}\n  " + "\n  ".join(forms) for name, forms in again.items())
