"""Pairs as Arrow tables: columns in, columns out, a row per pair. Names and units: docs/encounters.md."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from flightward.encounters import standards
from flightward.encounters.pairs import (
    ErrorBatch,
    PairBatch,
    alert_levels,
    judge,
    miss_distances,
    violation_intervals,
)
from flightward.encounters.standards import NMAC, Standard
from flightward.errors import BadInput
from flightward.model.batch import F64, I8, I64, columns

NO_RULES = 2
"""Status of a row whose config or alerter does not exist; 0 good and 1 not finite are the kernels'."""
LEVELS = 3
HORIZON_S = 180.0
"""The columns hmd_180s_m and vmd_180s_m are for this time whatever the standard's lookahead."""
ERROR_COLUMNS = {
    f.name: f.name.replace("_sew", "_sEW").replace("_sns", "_sNS").replace("_sen", "_sEN")
    .replace("_vew", "_vEW").replace("_vns", "_vNS").replace("_ven", "_vEN")
    for f in columns(ErrorBatch)
}  # fmt: skip

_TIMES = [f"t_{side}_{k}_s" for k in range(1, LEVELS + 1) for side in ("in", "out")]
_QUICK = {"corr_level", "corr_t_in_s", "alert_level"}
_JUDGED = {"viol_now", "corr_t_out_s", *_TIMES}
_NMAC = {"nmac_t_in_s", "nmac_t_out_s"}
_MISSES = {
    "tcpa_s": "tcpa_s", "dcpa_h_m": "dcpa_h_m", "vsep_at_tcpa_m": "vsep_at_tcpa_m", "hmd_180s_m": "hmd_m",
    "vmd_180s_m": "vmd_m", "tcoa_s": "tcoa_s", "taumod_s": "taumod_s",
}  # fmt: skip
WITHOUT = "alert_level_without_sum"
PAIR_COLUMNS = [
    "viol_now", *_TIMES, "corr_level", "corr_t_in_s", "corr_t_out_s", "alert_level", *sorted(_NMAC), *_MISSES,
]  # fmt: skip
_CODES = {"viol_now", "corr_level", "alert_level", "raw_level", WITHOUT, "status"}


@dataclasses.dataclass(frozen=True)
class RuleRows:
    """Rows of a table that one standard and one alerter are for; rules None: there are none."""

    rows: I64
    rules: Standard | None
    alerter: int


def evaluate_pairs(
    table: pa.Table, standard: str | Standard | None = None, alerter: int | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Everything about each pair of a table: intervals per level, alert level, NMAC, miss distances.

    table      ox_m ... ivz_mps; o_sEW_m ... i_vz_mps where the standard mitigates sensor errors; config and alerter
               per row where `standard` or `alerter` is not given.
    columns    which results are wanted (all); alert_level and corr_t_in_s alone are much quicker.
    Returns    the table's other columns, the results (null where there is no such time), and status: 0 good, 1 a
               value is missing or not finite, 2 no such config or alerter (results null).
    Errors     BadInput: a column is missing, there twice or not numbers, or a keyword names what does not exist.
    """
    table = as_table(table)
    pairs, errors = read_pairs(table), read_errors(table)
    groups = rule_rows(table, standard, alerter)
    mitigated = any(g.rules is not None and g.rules.mitigation is not None for g in groups)
    wanted = [*PAIR_COLUMNS, *([WITHOUT] if mitigated else [])]
    if columns is not None:
        unknown = sorted(set(columns) - {*PAIR_COLUMNS, WITHOUT})
        if unknown:
            raise BadInput(f"must be among {', '.join(PAIR_COLUMNS)}", key="columns", value=unknown)
        wanted = [c for c in (*PAIR_COLUMNS, WITHOUT) if c in columns]
    one = groups[0] if len(groups) == 1 else None
    if one is not None and one.rules is not None:
        found = _evaluated(pairs, errors, one.rules, one.alerter, set(wanted))
        return with_results(table, {n: found[n] if n in found else _blank(n, len(pairs)) for n in (*wanted, "status")})
    out = {name: _blank(name, len(pairs)) for name in (*wanted, "status")}
    for group in groups:
        if group.rules is None:
            out["status"][group.rows] = NO_RULES
            continue
        some = errors.take(group.rows) if errors is not None else None
        for name, values in _evaluated(
            pairs.take(group.rows), some, group.rules, group.alerter, set(wanted)
        ).items():
            out[name][group.rows] = values
    return with_results(table, out)


def _evaluated(
    pairs: PairBatch, errors: ErrorBatch | None, rules: Standard, alerter: int, wanted: set[str]
) -> dict[str, Any]:
    """Result columns of one standard and alerter: floats with inf or NaN for none, codes with -1 for none."""
    out: dict[str, Any] = {}
    mitigated = errors is not None and rules.mitigation is not None
    status = np.zeros(len(pairs), np.int8)
    if errors is not None and mitigated:
        status = _unknown(errors)
    if wanted & _JUDGED or (mitigated and wanted & _QUICK) or not wanted & (_NMAC | set(_MISSES)):
        found = judge(pairs, rules, alerter, errors)
        for k, (t_in_s, t_out_s) in enumerate(zip(found.t_in_s, found.t_out_s, strict=True)):
            out[f"t_in_{k + 1}_s"], out[f"t_out_{k + 1}_s"] = t_in_s, t_out_s
        out["corr_t_in_s"] = found.t_in_s[rules.corrective - 1]
        out["corr_t_out_s"] = found.t_out_s[rules.corrective - 1]
        out["viol_now"], out["alert_level"] = found.now, found.level
        status = np.maximum(status, found.status)
    elif wanted & _QUICK:
        quick = alert_levels(pairs, rules, alerter)
        out["alert_level"], out["corr_t_in_s"] = quick.level, quick.t_in_s
        status = np.maximum(status, quick.status)
    if wanted & _NMAC:
        nmac = violation_intervals(pairs, NMAC, 0.0, rules.lookahead_s)
        out["nmac_t_in_s"], out["nmac_t_out_s"] = nmac.t_in_s, nmac.t_out_s
        status = np.maximum(status, nmac.status)
    if wanted & set(_MISSES):
        passing = miss_distances(pairs, HORIZON_S, rules.alerter(alerter).levels[rules.corrective - 1].volume.d_m)
        out.update({name: getattr(passing, field) for name, field in _MISSES.items()})
        status = np.maximum(status, passing.status)
    if "corr_level" in wanted:
        out["corr_level"] = np.full(len(pairs), rules.corrective, np.int8)
    if WITHOUT in wanted and rules.mitigation is not None:
        out[WITHOUT] = alert_levels(pairs, rules, alerter).level
    out = {name: values for name, values in out.items() if name in wanted}
    if status.any():
        # what one of them could say although another could not is no answer either
        out = {name: np.where(status == 0, values, _blank(name, len(pairs))) for name, values in out.items()}
    return {**out, "status": status}


def _unknown(errors: ErrorBatch) -> I8:
    """1 where a deviation is missing or not finite."""
    good = np.ones(len(errors), np.bool_)
    for name in ERROR_COLUMNS:
        good &= np.isfinite(getattr(errors, name))
    return (~good).astype(np.int8)


def _blank(name: str, n: int) -> Any:
    if name == "status":
        return np.zeros(n, np.int8)
    return np.full(n, -1, np.int8) if name in _CODES else np.full(n, np.nan)


def as_table(table: Any) -> pa.Table:
    """The table itself, or one of a record batch. Errors: BadInput for anything else."""
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    if not isinstance(table, pa.Table):
        raise BadInput("must be an Arrow table", key="table", value=type(table).__name__)
    return table


def with_results(table: pa.Table, out: dict[str, Any]) -> pa.Table:
    """The table with result columns; what is not finite, or a code of -1, is null. Other columns and metadata stay."""
    kept = [i for i, name in enumerate(table.column_names) if name not in out]
    arrays, fields = [table.column(i) for i in kept], [table.schema.field(i) for i in kept]
    for name, values in out.items():
        arrays.append(_nullable(values, values >= 0 if name in _CODES else np.isfinite(values)))
        fields.append(pa.field(name, arrays[-1].type))
    return pa.table(arrays, schema=pa.schema(fields, table.schema.metadata))


def _nullable(values: Any, valid: Any) -> pa.Array:
    """A column that is null where it is not valid, over the same memory."""
    values = np.ascontiguousarray(values)
    bits = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [bits, pa.py_buffer(values)])


def read_pairs(table: pa.Table) -> PairBatch:
    """The twelve state columns; null is NaN."""
    return PairBatch(*(numbers(table, f.name) for f in columns(PairBatch)))


def read_errors(table: pa.Table) -> ErrorBatch | None:
    """The sixteen columns of standard deviations, None if there are none. Errors: BadInput if some are missing."""
    if not any(name in table.column_names for name in ERROR_COLUMNS.values()):
        return None
    return ErrorBatch(*(numbers(table, name) for name in ERROR_COLUMNS.values()))


def numbers(table: pa.Table, name: str) -> F64:
    """One column as float64, contiguous; null is NaN."""
    found = _column(table, name)
    try:
        values = found.cast(pa.float64()).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if pa.types.is_integer(found.type):
            raise BadInput("has whole numbers beyond 2^53, which float64 cannot hold", key=name) from error
        raise BadInput("must be numbers", key=name, value=str(found.type)) from error
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks else pa.array([], pa.float64())
    return np.require(values.to_numpy(zero_copy_only=False), np.float64, ["C", "A"])


def codes(table: pa.Table, name: str) -> tuple[I64, list[Any]]:
    """One column numbered by its distinct values: (N,) numbers, -1 where null, and the values."""
    encoded = _column(table, name).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], encoded.type)
    of = encoded.type.value_type if pa.types.is_dictionary(encoded.type) else encoded.type
    if pa.types.is_nested(of):
        raise BadInput("must be names or numbers", key=name, value=str(of))
    if not pa.types.is_dictionary(encoded.type):
        try:
            encoded = encoded.dictionary_encode()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise BadInput("must be names or numbers", key=name, value=str(encoded.type)) from error
    numbered = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbered, encoded.dictionary.to_pylist()


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise BadInput("is missing from the table; see docs/encounters.md", key=name)
    if table.column_names.count(name) > 1:
        raise BadInput("is there twice", key=name)
    return table.column(name)


def rule_rows(table: pa.Table, standard: str | Standard | None, alerter: int | None) -> list[RuleRows]:
    """Which standard and alerter each row is for; keywords win over the columns config and alerter."""
    if standard is None and "config" not in table.column_names:
        raise BadInput("give a standard, or a column config", key="standard")
    rules = standards.standard(standard) if standard is not None else None
    given = 1 if alerter is None else standards.whole(alerter)
    by_row = alerter is None and "alerter" in table.column_names
    if rules is not None and not by_row:
        rules.alerter(given)
        return [RuleRows(np.arange(len(table)), rules, given)]
    named, names = (np.zeros(len(table), np.int64), [rules]) if rules is not None else codes(table, "config")
    if alerter is not None:
        for name in {names[code] for code in np.unique(named[named >= 0])}:
            if name in standards.STANDARDS:
                standards.standard(name).alerter(given)
    index, indices = codes(table, "alerter") if by_row else (np.zeros(len(table), np.int64), [given])
    both = named * (len(indices) + 1) + index
    both[(named < 0) | (index < 0)] = -1
    groups = []
    for code in np.unique(both):
        rows = np.flatnonzero(both == code)
        one = (None, 0) if code < 0 else _rules(names[code // (len(indices) + 1)], indices[code % (len(indices) + 1)])
        groups.append(RuleRows(rows, *one))
    return groups


def _rules(name: Any, index: Any) -> tuple[Standard | None, int]:
    """The standard and alerter of a row, or (None, 0) if there is no such one."""
    try:
        rules = standards.standard(name)
        rules.alerter(index)
    except BadInput:
        return None, 0
    return rules, int(index)


def status_of(groups: list[RuleRows], n: int) -> I8:
    """Status column with the rows marked that have no rules."""
    out = np.zeros(n, np.int8)
    for group in groups:
        if group.rules is None:
            out[group.rows] = NO_RULES
    return out
