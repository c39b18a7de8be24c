"""The public API is a short list, and every name on it is there."""

from __future__ import annotations

import subprocess
import sys

import flightward as fw


def test_every_public_name_can_be_had() -> None:
    for name in fw.__all__:
        assert getattr(fw, name) is not None
    assert "Pipeline" in dir(fw)


def test_importing_the_package_loads_no_stage() -> None:
    code = "import sys, flightward; print([m for m in sys.modules if m.startswith('flightward.') or m == 'numpy'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_refused() -> None:
    try:
        fw.nothing_of_the_kind  # noqa: B018
    except AttributeError as error:
        assert "nothing_of_the_kind" in str(error)
    else:
        raise AssertionError("an unknown name was given")
