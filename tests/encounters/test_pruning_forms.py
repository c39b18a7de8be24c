"""The search compiles once, whatever kind of array it is given."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.encounters import Movers, NearWatch, Tracked, conflict_pairs, near_candidates, p_quick
from flightward.kernels import boxes, candidates, conflicts, kept, quick_chance


@pytest.mark.skipif(not hasattr(conflicts.conflicts, "signatures"), reason="plain Python")
def test_one_signature() -> None:
    plain = np.arange(24.0).reshape(4, 6)
    read_only = plain.copy()
    read_only.flags.writeable = False
    forms = (plain, read_only, np.arange(48.0).reshape(4, 12)[:, ::2], plain.astype(np.float32))
    cov = np.tile(np.eye(6), (4, 1, 1))
    watch = NearWatch()
    for t, form in enumerate(forms):
        conflict_pairs(form)
        movers = Movers.of(form, cov)
        near_candidates(movers, movers, 100.0, 50.0)
        p_quick(form, cov, 100.0, 50.0, 10.0)
        own = Tracked(np.arange(4), np.ascontiguousarray(form, np.float64), cov)
        watch.step(float(t), own, own)
    for kernel in (boxes.boxes, boxes.pair_order, conflicts.conflicts, candidates.candidates, kept.compare,
                   quick_chance.quick_chance):  # fmt: skip
        assert len(kernel.signatures) == 1, kernel.__name__
