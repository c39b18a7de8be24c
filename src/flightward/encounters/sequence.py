"""Alert levels over time: M of N, hysteresis, persistence and early alerting, with a memory that stays small."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from flightward.encounters import standards
from flightward.encounters.pairs import ErrorBatch, PairBatch, judge
from flightward.encounters.standards import Standard
from flightward.encounters.tables import (
    as_table,
    codes,
    numbers,
    read_errors,
    read_pairs,
    rule_rows,
    status_of,
    with_results,
)
from flightward.errors import BadInput
from flightward.kernels import alert_memory, alerting
from flightward.model.batch import F64, I8, I64, NONE, i64


class AlertMemory:
    """Alert levels of one own aircraft's intruders, update by update.

    Pairs that are gone are dropped: at once after the hysteresis time if nothing was told of them, which changes no
    answer; after `keep_s` if a level was told, which only loses its early alert time should they come back.
    """

    def __init__(self, standard: str | Standard, alerter: int = 1, keep_s: float = 600.0) -> None:
        self._rules = standards.standard(standard)
        self._alerter, self._keep_s = alerter, keep_s
        self._levels = self._rules.levels(alerter)
        self._ids: I64 = np.zeros(0, np.int64)
        self._memory = blank_memory(0, 1)

    def __len__(self) -> int:
        """How many pairs are remembered."""
        return len(self._ids)

    def update(
        self, t_s: float, own_id: int, intruder_ids: I64, pairs: PairBatch, errors: ErrorBatch | None = None
    ) -> I8:
        """The level of each pair at t_s, in the order given; -1 where a value is not finite.

        An own aircraft that is another one, whose time runs back, or that was silent for longer than the hysteresis
        time starts anew. Errors: BadInput if an id stands twice or the lengths differ.
        """
        ids = i64(intruder_ids)
        if len(ids) != len(pairs) or len(np.unique(ids)) != len(ids):
            raise BadInput("must be one for each pair, each once", key="intruder_ids", value=len(ids))
        if not np.isfinite(t_s):
            raise BadInput("must be finite", key="t_s", value=t_s)
        self._prune(t_s)
        self._make_room(ids)
        found = judge(pairs, self._rules, self._alerter, errors)
        n = len(ids) + 1  # own aircraft's own row comes first, so that it counts with no intruder too
        visible, slot, t_in = np.ones(n, np.int8), np.zeros(n, np.int64), np.full((len(self._levels), n), np.nan)
        visible[0], slot[1:], t_in[:, 1:] = 0, np.searchsorted(self._ids, ids), np.stack(found.t_in_s)
        rows = alert_memory.Rows(
            np.full(n, float(t_s)), visible, np.zeros(n, np.int64), np.full(n, own_id, np.int64), slot
        )
        _, level = _remembered(self._rules, self._levels, rows, i64([0, len(self._ids)]), t_in, self._memory)
        return level[1:]

    def _prune(self, t_s: float) -> None:
        silent_s = t_s - self._memory.last_s
        told = self._memory.level > 0
        gone = silent_s > np.where(told, max(self._keep_s, self._hysteresis_s), self._hysteresis_s)
        gone |= np.isnan(silent_s)
        self._move(self._ids[~gone])

    @property
    def _hysteresis_s(self) -> float:
        return self._rules.memory.hysteresis_s

    def _make_room(self, ids: I64) -> None:
        self._move(np.union1d(self._ids, ids))

    def _move(self, ids: I64) -> None:
        """Remember exactly `ids`, sorted."""
        if len(ids) == len(self._ids) and np.array_equal(ids, self._ids):
            return
        moved = blank_memory(len(ids), 1)
        _, new, old = np.intersect1d(ids, self._ids, assume_unique=True, return_indices=True)
        for name in ("queue", "raised_s", "last_s", "level"):
            getattr(moved, name)[new] = getattr(self._memory, name)[old]
        moved.watch_s[:], moved.own_id[:] = self._memory.watch_s, self._memory.own_id
        self._ids, self._memory = ids, moved


def blank_memory(slots: int, watches: int) -> alert_memory.Memory:
    """Memory of nothing yet."""
    return alert_memory.Memory(
        np.full((slots, alert_memory.N_MAX), -1, np.int8), np.full(slots, np.nan), np.full(slots, np.nan),
        np.full(slots, -1, np.int8), np.full(watches, np.nan), np.full(watches, NONE, np.int64),
    )  # fmt: skip


def evaluate_sequence(
    table: pa.Table, standard: str | Standard | None = None, alerter: int | None = None
) -> pa.Table:
    """Alert levels of reports in order of time, with memory: a row per own aircraft, intruder and time.

    table      t_s and the states as in evaluate_pairs; where there are several: seq (each with a memory of its own),
               intruder_id, own_id; visible = 0 where only own aircraft is new; config and alerter per row where the
               keyword is not given. Rows of one seq stand in the order in which they came.
    Returns    the table's other columns; raw_level without memory, alert_level with it, corr_t_in_s (null: none, or
               not visible); status: 0 good, 1 a value is missing or not finite, 2 no such config or alerter.
    Errors     BadInput as evaluate_pairs.
    """
    table = as_table(table)
    pairs, errors, groups = read_pairs(table), read_errors(table), rule_rows(table, standard, alerter)
    n = len(pairs)
    reports = _reports(table, n)
    status = status_of(groups, n)
    status[~np.isfinite(reports.t_s)] = 1
    rule_of, corrective_s = np.full(n, -1, np.int64), np.full(n, np.nan)
    t_in = np.full((alerting.LEVELS_MAX, n), np.nan)
    for g, group in enumerate(groups):
        if group.rules is None:
            continue
        rows = group.rows
        found = judge(pairs.take(rows), group.rules, group.alerter, errors.take(rows) if errors is not None else None)
        rule_of[rows], corrective_s[rows] = g, found.t_in_s[group.rules.corrective - 1]
        t_in[: len(found.t_in_s), rows] = found.t_in_s
        status[rows] = np.maximum(status[rows], found.status)
    status[(reports.visible == 0) & (status == 1) & np.isfinite(reports.t_s)] = 0
    visible = np.where(status == 0, reports.visible, 0).astype(np.int8)
    raw, level = np.full(n, -1, np.int8), np.full(n, -1, np.int8)
    for g, rows in _runs(reports.watch, rule_of):
        rules, index = groups[g].rules, groups[g].alerter
        if rules is not None:
            reports.run(rules, rules.levels(index), rows, visible, t_in, raw, level)
    corrective_s[visible == 0] = np.nan
    return with_results(table, {"raw_level": raw, "alert_level": level, "corr_t_in_s": corrective_s, "status": status})


@dataclasses.dataclass(frozen=True)
class _Reports:
    """Who and when, a row per row of the table, and the memory of all pairs in it."""

    t_s: F64
    visible: I8
    watch: I64
    own_id: I64
    slot: I64
    start: I64
    memory: alert_memory.Memory

    def run(
        self, rules: Standard, levels: F64, rows: I64, visible: I8, t_in: F64, raw: I8, level: I8
    ) -> None:
        """Judge `rows` in order and write their levels."""
        some = alert_memory.Rows(
            self.t_s[rows], visible[rows], self.watch[rows], self.own_id[rows], self.slot[rows]
        )
        times = np.ascontiguousarray(t_in[: len(levels), rows])
        raw[rows], level[rows] = _remembered(rules, levels, some, self.start, times, self.memory)


def _remembered(
    rules: Standard, levels: F64, rows: alert_memory.Rows, start: I64, t_in: F64, memory: alert_memory.Memory
) -> tuple[I8, I8]:
    """Raw level and level with memory of each row."""
    for array in (*rows, start, t_in):
        array.flags.writeable = False
    raw, level = np.empty(len(rows.t_s), np.int8), np.empty(len(rows.t_s), np.int8)
    alert_memory.remember(rows, start, t_in, levels, rules.memory.kernel(), memory, raw, level)
    return raw, level


def _reports(table: pa.Table, n: int) -> _Reports:
    watch = _numbered(table, "seq", n)
    intruder = _numbered(table, "intruder_id", n)
    pair = watch * (int(intruder.max(initial=0)) + 1) + intruder
    known, slot = np.unique(pair, return_inverse=True)
    watches = int(watch.max(initial=-1)) + 1
    start = np.searchsorted(known // (int(intruder.max(initial=0)) + 1), np.arange(watches + 1))
    seen = numbers(table, "visible") if "visible" in table.column_names else np.ones(n)
    return _Reports(
        numbers(table, "t_s"), (seen == 1.0).astype(np.int8), watch, _numbered(table, "own_id", n), i64(slot),
        i64(start), blank_memory(len(known), watches),
    )  # fmt: skip


def _numbered(table: pa.Table, name: str, n: int) -> I64:
    """A column of identities as numbers from 0; one for all where the table has none, one for all nulls."""
    if name not in table.column_names:
        return np.zeros(n, np.int64)
    return codes(table, name)[0] + 1


def _runs(watch: I64, rule_of: I64) -> Iterator[tuple[int, I64]]:
    """Rows sorted by watch, kept in order, and cut where the rules change; rows without rules go with those before."""
    if not (rule_of >= 0).any():
        return
    order = np.argsort(watch, kind="stable")
    rule = rule_of[order]
    last = np.maximum.accumulate(np.where(rule >= 0, np.arange(len(rule)), -1))
    rule = np.where(last >= 0, rule[np.maximum(last, 0)], rule[rule >= 0][0])
    cuts = np.flatnonzero(np.diff(rule)) + 1
    for first, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
        yield int(rule[first]), i64(order[first:end])
