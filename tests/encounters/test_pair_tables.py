"""Pairs and sequences as Arrow tables: columns, standards, bad rows, memory."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from flightward.encounters import (
    NMAC,
    STANDARDS,
    AlertMemory,
    ErrorBatch,
    GeoBatch,
    PairBatch,
    Standard,
    Volume,
    alert_levels,
    evaluate_pairs,
    evaluate_sequence,
    judge,
    miss_distances,
    pairs_from_geodetic,
    read_standards,
    violation_intervals,
)
from flightward.encounters.tables import ERROR_COLUMNS, PAIR_COLUMNS, WITHOUT
from flightward.errors import BadInput
from flightward.model.batch import columns

STATES = [f.name for f in columns(PairBatch)]
HEAD_ON = dict(zip(STATES, (0, 0, 1000, 50, 0, 0, 4000, 0, 1000, -50, 0, 0), strict=True))


def table(n: int = 3, **more: object) -> pa.Table:
    """Rows head on at 100 m/s, 4 km apart."""
    data: dict[str, object] = {name: [float(value)] * n for name, value in HEAD_ON.items()}
    return pa.table({**data, **more})


def batch(source: pa.Table) -> PairBatch:
    return PairBatch(*(source[name].to_numpy().copy() for name in STATES))


def test_a_head_on_pair_by_hand():
    row = evaluate_pairs(table(1), standard="DO_365B_no_SUM", alerter=2).to_pylist()[0]
    assert row["corr_t_in_s"] == pytest.approx((4000 - 457.2) / 100)
    assert row["t_out_3_s"] == pytest.approx((4000 + 457.2) / 100)
    assert (row["alert_level"], row["viol_now"], row["corr_level"], row["status"]) == (3, 0, 2, 0)
    assert row["nmac_t_in_s"] == pytest.approx((4000 - 152.4) / 100)
    assert (row["tcpa_s"], row["dcpa_h_m"], row["vmd_180s_m"], row["tcoa_s"]) == (40.0, 0.0, 0.0, None)


def test_other_columns_stay_and_results_follow_in_the_order_of_the_docs():
    got = evaluate_pairs(table(2, id=["a", "b"], viol_now=[9, 9]), "CD3D")
    assert got.column_names == ["ox_m", *STATES[1:], "id", *PAIR_COLUMNS, "status"]
    assert got["id"].to_pylist() == ["a", "b"] and got["viol_now"].to_pylist() == [1, 1]
    assert got["t_in_2_s"].null_count == 2


def test_config_and_alerter_per_row_are_those_of_each_alone_and_keywords_win():
    configs, alerters = ["DO_365B_no_SUM", "CD3D", "DO_365B_no_SUM", "Buffered_DWC_SC_228_nom_b"], [1, 1, 3, 2]
    mixed = table(4, config=configs, alerter=alerters)
    got = evaluate_pairs(mixed).to_pylist()
    for row, config, alerter in zip(got, configs, alerters, strict=True):
        alone = evaluate_pairs(table(1), config, alerter).to_pylist()[0]
        assert {k: row[k] for k in alone} == alone
    forced = evaluate_pairs(mixed, "DO_365B_no_SUM", 2)
    assert forced["corr_t_in_s"].to_pylist() == [pytest.approx(35.428)] * 4
    by_row = evaluate_pairs(mixed, "DO_365B_no_SUM")
    assert by_row["corr_t_in_s"][1] == by_row["corr_t_in_s"][0] != by_row["corr_t_in_s"][3]


def test_rows_without_rules_or_values_are_marked_and_no_others():
    rows = table(5, config=["DO_365B_no_SUM", "DO_365B_no_SUM", "no such", None, "DO_365B_no_SUM"],
                 alerter=[1, 7, 1, 1, 1])  # fmt: skip
    rows = rows.set_column(0, "ox_m", [[0.0, 0.0, 0.0, 0.0, None]])
    got = evaluate_pairs(rows)
    assert got["status"].to_pylist() == [0, 2, 2, 2, 1]
    for name in PAIR_COLUMNS:
        assert got[name][1:].null_count == 4, name
    assert got["alert_level"][0].as_py() == 3


def test_only_what_is_asked_for_comes_back():
    got = evaluate_pairs(table(), "DO_365B_no_SUM", columns=["alert_level"])
    assert got.column_names == [*STATES, "alert_level", "status"]
    assert evaluate_pairs(table(), "DO_365B_no_SUM", columns=["tcpa_s"])["tcpa_s"].to_pylist() == [40.0] * 3
    assert evaluate_pairs(table(), "DO_365B_no_SUM", columns=[])["status"].to_pylist() == [0] * 3
    with pytest.raises(BadInput, match="columns"):
        evaluate_pairs(table(), "DO_365B_no_SUM", columns=["alertlevel"])


@pytest.mark.parametrize("whole", [
    lambda t: t.slice(1), lambda t: pa.concat_tables([t, t]), lambda t: t.slice(0, 0), lambda t: t.cast(
        pa.schema([(name, pa.float32()) for name in STATES])),
    lambda t: t.cast(pa.schema([(name, pa.int32()) for name in STATES])),
])  # fmt: skip
def test_sliced_chunked_empty_and_narrow_columns_are_read(whole):
    got = evaluate_pairs(whole(table()), "DO_365B_no_SUM", 2)
    assert len(got) == len(whole(table()))
    assert got["corr_t_in_s"].to_pylist() == [pytest.approx(35.428)] * len(got)


def test_a_record_batch_is_a_table_too_and_nothing_else_is():
    one = table().to_batches()[0]
    assert evaluate_pairs(one, "CD3D").equals(evaluate_pairs(table(), "CD3D"))
    assert evaluate_sequence(sequence([0.0], [True]).to_batches()[0], "CD3D")["alert_level"].to_pylist() == [1]
    with pytest.raises(BadInput, match="Arrow table"):
        evaluate_pairs({"ox_m": [0.0]}, "CD3D")  # type: ignore[arg-type]


def test_what_cannot_be_read_is_named():
    with pytest.raises(BadInput, match="iz_m"):
        evaluate_pairs(table().drop_columns(["iz_m"]), "CD3D")
    with pytest.raises(BadInput, match="ox_m"):
        evaluate_pairs(table().set_column(0, "ox_m", [["a", "b", "c"]]), "CD3D")
    with pytest.raises(BadInput, match="give a standard"):
        evaluate_pairs(table())
    with pytest.raises(BadInput, match="DO_365B_no_SUM"):
        evaluate_pairs(table(), "DO-365")
    for alerter in (0, 4):
        with pytest.raises(BadInput, match="alerters 1 to 3"):
            evaluate_pairs(table(), "DO_365B_no_SUM", alerter)
    with pytest.raises(BadInput, match="o_sEW_m"):
        evaluate_pairs(table(3, i_vz_mps=[0.0] * 3), "DO_365B_SUM")


def test_a_wrong_standard_or_alerter_is_refused_whatever_columns_there_are():
    by_row = table(2, config=["DO_365B_no_SUM", "no such"], alerter=[1, 1])
    with pytest.raises(BadInput, match="must be one of"):
        evaluate_pairs(by_row, "DO_365B_NOSUM")
    with pytest.raises(BadInput, match="alerters 1 to 3"):
        evaluate_pairs(by_row, alerter=9)
    assert evaluate_pairs(by_row, alerter=3)["status"].to_pylist() == [0, 2]
    for wrong in (["CD3D"], {"a": 1}):
        with pytest.raises(BadInput, match="must be one of"):
            evaluate_pairs(table(), wrong)  # type: ignore[arg-type]
    for index in ("1", 1.5, math.inf, math.nan, [1]):
        with pytest.raises(BadInput, match="whole number"):
            evaluate_pairs(table(), "DO_365B_no_SUM", index)  # type: ignore[arg-type]
    assert evaluate_pairs(table(), "DO_365B_no_SUM", 1.0)["status"].to_pylist() == [0] * 3  # type: ignore[arg-type]


def test_an_alerter_that_is_no_whole_number_marks_its_row_and_no_other():
    rows = table(5, alerter=[1.0, math.inf, math.nan, 1.5, 2.0])
    assert evaluate_pairs(rows, "DO_365B_no_SUM")["status"].to_pylist() == [0, 2, 2, 2, 0]


@pytest.mark.parametrize("name", ["config", "alerter", "seq"])
@pytest.mark.parametrize("values", [[["a"]] * 2, [{"a": 1}] * 2])
def test_columns_of_lists_and_structs_are_refused_in_words(name, values):
    rows = {"config": ["CD3D"] * 2, "alerter": [1] * 2, name: values}
    with pytest.raises(BadInput, match=f"{name}: must be names or numbers"):
        evaluate_sequence(sequence([0, 1], [True] * 2, **rows))


def test_a_name_that_is_there_twice_is_refused_if_it_is_read_and_kept_if_not():
    twice = table().append_column("note", [["a"] * 3]).append_column("note", [[1] * 3])
    got = evaluate_pairs(twice, "CD3D")
    assert got.column_names[12:14] == ["note", "note"] and got.column(13).to_pylist() == [1] * 3
    with pytest.raises(BadInput, match="ox_m: is there twice"):
        evaluate_pairs(table().append_column("ox_m", [[0.0] * 3]), "CD3D")


def test_whole_numbers_that_no_float_holds_are_named():
    with pytest.raises(BadInput, match="beyond 2\\^53"):
        evaluate_pairs(table(1).set_column(0, "ox_m", [[2**53 + 1]]), "CD3D")


def test_metadata_of_the_table_and_its_fields_stay():
    fields = [pa.field(name, pa.float64(), metadata={"unit": "m"}) for name in STATES]
    rows = pa.table(table().columns, schema=pa.schema(fields, {"source": "radar 3"}))
    got = evaluate_pairs(rows, "CD3D").schema
    assert got.metadata == {b"source": b"radar 3"} and got.field("ox_m").metadata == {b"unit": b"m"}


@pytest.mark.parametrize("wanted", [None, ["alert_level", "nmac_t_in_s"], ["tcpa_s"], [WITHOUT], ["corr_level"], []])
@pytest.mark.parametrize("unknown", [None, math.nan, math.inf])
def test_an_unknown_deviation_leaves_its_row_without_any_answer(wanted, unknown):
    wide = {name: [20.0 if "_s" in name and "EN" not in name else 0.0] * 3 for name in ERROR_COLUMNS.values()}
    wide["i_sz_m"] = [20.0, unknown, 20.0]
    got = evaluate_pairs(table(3, **wide), "DO_365B_SUM", 2, wanted)
    assert got["status"].to_pylist() == [0, 1, 0]
    results = [*PAIR_COLUMNS, WITHOUT] if wanted is None else wanted
    assert all(got[name][1].as_py() is None for name in results)
    assert all(got[name][0].as_py() is not None for name in results if name != "tcoa_s")


def test_errors_widen_where_the_standard_mitigates_and_only_there():
    wide = {name: [20.0 if "_s" in name and "EN" not in name else 0.0] * 3 for name in ERROR_COLUMNS.values()}
    got = evaluate_pairs(table(3, **wide), "DO_365B_SUM", 2)
    assert got["corr_t_in_s"][0].as_py() < 35.0
    assert got[WITHOUT].to_pylist() == evaluate_pairs(table(), "DO_365B_SUM", 2)["alert_level"].to_pylist() == [3] * 3
    plain = evaluate_pairs(table(3, **wide), "DO_365B_no_SUM", 2)
    assert plain["corr_t_in_s"].to_pylist() == [pytest.approx(35.428)] * 3 and WITHOUT not in plain.column_names


def test_the_batch_entries_say_the_same_as_the_table():
    pairs = batch(table())
    got = evaluate_pairs(table(), "DO_365B_no_SUM")
    found, quick, misses = judge(pairs, "DO_365B_no_SUM"), alert_levels(pairs, "DO_365B_no_SUM"), miss_distances(pairs)
    assert found.t_in_s[1].tolist() == quick.t_in_s.tolist() == got["corr_t_in_s"].to_pylist()
    assert found.level.tolist() == quick.level.tolist() == got["alert_level"].to_pylist()
    assert misses.taumod_s == pytest.approx(got["taumod_s"].to_numpy())
    assert violation_intervals(pairs, NMAC).t_in_s.tolist() == got["nmac_t_in_s"].to_pylist()
    with pytest.raises(BadInput, match="errors"):
        judge(pairs, "DO_365B_SUM", 1, ErrorBatch.empty())
    with pytest.raises(BadInput, match="from_s"):
        violation_intervals(pairs, NMAC, 5.0, 5.0)


def test_every_standard_judges_and_names_itself():
    for name, one in STANDARDS.items():
        assert one.name == name
        for alerter in range(1, len(one.alerters) + 1):
            got = evaluate_pairs(table(1), one, alerter).to_pylist()[0]
            assert got["status"] == 0 and got["corr_level"] == one.corrective


def test_small_unmanned_aircraft_keep_two_thousand_feet():
    row = evaluate_pairs(table(1), "ASTM_F3442").to_pylist()[0]
    assert row["corr_t_in_s"] == pytest.approx((4000 - 609.6) / 100)


MINE = """
[MY_DRONES]
corrective = 1
lookahead_s = 300.0
memory = {m = 1, n = 1, hysteresis_s = 5.0, persistence_s = 0.0}

[[MY_DRONES.alerter]]
name = "drones"
level = [
    {d_m = 1000.0, z_m = 150.0, alert_s = 120.0, early_s = 150.0, region = "mid"},
    {d_m = 500.0, z_m = 100.0, tau_s = 10.0, shape = "tcpa", alert_s = 30.0},
]
"""


def test_own_standards_are_read_from_toml():
    mine = read_standards(MINE)["MY_DRONES"]
    assert mine.alerters[0].levels[0].volume == Volume("tau_mod", 1000.0, 150.0)
    assert mine.alerters[0].levels[1].early_s == 30.0 and mine.memory.n == 1
    row = evaluate_pairs(table(1), mine).to_pylist()[0]
    assert (row["corr_t_in_s"], row["t_in_2_s"], row["alert_level"]) == (30.0, 30.0, 1)


@pytest.mark.parametrize(("old", "new"), [
    ("d_m = 1000.0, ", ""), ("d_m = 1000.0", "d_m = -1.0"), ("d_m = 1000.0", 'd_m = "1 km"'), ('"tcpa"', '"sphere"'),
    ("corrective = 1", "corrective = 3"), ("corrective = 1", "colour = 1"), ("m = 1, n = 1", "m = 2, n = 1"),
    ("[[MY_DRONES.alerter]]", "[[MY_DRONES.other]]"), ("lookahead_s = 300.0", "lookahead_s = 0.0"), ("[MY", "[[MY"),
    ('"mid"', '"red"'), ('level = [', 'levels = ['), ("]\n", "\n"),
])  # fmt: skip
def test_what_is_wrong_in_toml_is_refused(old, new):
    assert old in MINE
    with pytest.raises(BadInput):
        read_standards(MINE.replace(old, new, 1))


def test_doing_without_a_table_per_alerter_is_refused_in_words():
    with pytest.raises(BadInput, match="table"):
        read_standards("NAME = 3")
    with pytest.raises(BadInput, match="levels"):
        level = STANDARDS["CD3D"].alerters[0].levels[0]
        Standard("MANY", (dataclasses.replace(STANDARDS["CD3D"].alerters[0], levels=(level,) * 9),))


def sequence(times: list[float], raw: list[bool], **more: object) -> pa.Table:
    """A pair that is bound to meet head on in 40 s, or stays 40 km apart."""
    x = [4000.0 if near else 40_000.0 for near in raw]
    data = {**{name: [float(HEAD_ON[name])] * len(times) for name in STATES}, "t_s": times, "ix_m": x}
    return pa.table({**data, **more})


def test_a_sequence_by_hand():
    got = evaluate_sequence(sequence([0, 1, 2, 3], [False, True, True, False]), "DO_365B_no_SUM", 3)
    assert got["raw_level"].to_pylist() == [0, 2, 2, 0]
    assert got["alert_level"].to_pylist() == [0, 0, 2, 2]
    assert got["corr_t_in_s"].null_count == 2


def test_sequences_and_intruders_have_memories_of_their_own_in_any_order_of_rows():
    near = [False, True, True, False, True, False, False]
    times = [0.0, 1, 2, 3, 4, 5, 6]
    one = evaluate_sequence(sequence(times, near), "DO_365B_no_SUM")["alert_level"].to_pylist()
    other = evaluate_sequence(sequence(times, near[::-1]), "DO_365B_no_SUM")["alert_level"].to_pylist()
    assert one != other
    both = sequence([t for t in times for _ in "ab"], [x for pair in zip(near, near[::-1], strict=True) for x in pair],
                    intruder_id=["a", "b"] * 7)  # fmt: skip
    got = evaluate_sequence(both, "DO_365B_no_SUM")["alert_level"].to_pylist()
    assert got[::2] == one and got[1::2] == other
    apart = both.set_column(both.column_names.index("intruder_id"), "seq", [["x", "y"] * 7])
    assert evaluate_sequence(apart, "DO_365B_no_SUM")["alert_level"].to_pylist() == got


def test_rows_that_have_no_answer_say_so_and_own_aircraft_still_counts():
    rows = sequence([0, 1, 2, 3, 4], [True] * 5, visible=[1, 1, 0, 1, 1],
                    config=["DO_365B_no_SUM"] * 3 + ["none such", "DO_365B_no_SUM"])  # fmt: skip
    rows = rows.set_column(rows.column_names.index("oz_m"), "oz_m", [[1000.0, None, None, 1000.0, 1000.0]])
    got = evaluate_sequence(rows)
    assert got["status"].to_pylist() == [0, 1, 0, 2, 0]
    assert got["alert_level"].to_pylist() == [3, None, None, None, 3]
    assert got["raw_level"].to_pylist() == [3, None, None, None, 3]
    assert evaluate_sequence(rows.slice(3, 1))["status"].to_pylist() == [2]
    assert len(evaluate_sequence(rows.slice(0, 0))) == 0


def test_the_alerter_may_change_in_a_sequence_and_the_memory_stays():
    rows = sequence([0, 1, 2], [True, True, False], alerter=[3, 2, 2])
    got = evaluate_sequence(rows, "DO_365B_no_SUM")
    assert got["raw_level"].to_pylist() == [2, 3, 0]
    assert got["alert_level"].to_pylist() == [2, 2, 2]


def test_memory_update_by_update_is_the_sequence_and_forgets_what_is_gone():
    rng = np.random.default_rng(9)
    memory = AlertMemory("DO_365B_no_SUM", keep_s=60.0)
    rows: list[dict[str, float]] = []
    levels: list[int] = []
    most = 0
    for t in range(300):
        ids = np.sort(rng.choice(20, 8, replace=False)) + t // 10 * 3
        far = np.where(rng.uniform(0, 1, 8) < 0.3, 4000.0, 40_000.0)
        pairs = dataclasses.replace(batch(table(8)), ix_m=far)
        levels += memory.update(float(t), 1, ids, pairs).tolist()
        rows += [{**HEAD_ON, "ix_m": x, "t_s": float(t), "intruder_id": int(i)} for i, x in zip(ids, far, strict=True)]
        most = max(most, len(memory))
    got = evaluate_sequence(pa.Table.from_pylist(rows), "DO_365B_no_SUM")
    assert got["alert_level"].to_pylist() == levels
    assert len(set(levels)) > 1 and most < 60
    memory.update(1000.0, 1, np.array([5]), batch(table(1)))
    assert len(memory) == 1


def test_memory_forgets_all_when_own_aircraft_was_silent_and_refuses_what_is_twofold():
    memory = AlertMemory("DO_365B_no_SUM", 3)
    near, far = batch(table(1)), dataclasses.replace(batch(table(1)), ix_m=np.array([40_000.0]))
    one, none = np.array([1]), np.array([], np.int64)
    assert memory.update(0.0, 1, one, near).tolist() == [2]
    assert memory.update(3.0, 1, none, PairBatch.empty()).tolist() == []
    assert memory.update(4.0, 1, one, far).tolist() == [2]
    assert memory.update(10.0, 1, one, far).tolist() == [0]
    with pytest.raises(BadInput, match="intruder_ids"):
        memory.update(11.0, 1, np.array([1, 1]), batch(table(2)))
    with pytest.raises(BadInput, match="t_s"):
        memory.update(math.nan, 1, one, near)


def test_pairs_from_latitude_and_longitude():
    minute = math.radians(1 / 60)

    def at(lat: float, lon: float, track: float, t_s: float) -> GeoBatch:
        return GeoBatch(*(np.array([x, x], np.float64) for x in (lat, lon, 1000.0, track, 50.0, 0.0, t_s)))

    late = 1.76e9
    pairs, status = pairs_from_geodetic(at(0, 0, 0, late), at(2 * minute, 0, math.pi, late - 2))
    assert status.tolist() == [0, 0]
    assert pairs.iy_m == pytest.approx([2 * 1852 - 100] * 2, abs=1e-3)
    assert violation_intervals(pairs, NMAC).t_in_s == pytest.approx([(3604 - 152.4) / 100] * 2, abs=1e-3)
    with pytest.raises(BadInput, match="other"):
        pairs_from_geodetic(at(0, 0, 0, 0), GeoBatch.empty())
    with pytest.raises(BadInput, match="wind"):
        pairs_from_geodetic(at(0, 0, 0, 0), at(0, 0, 0, 0), (0.0, math.nan, 0.0))


def test_every_column_and_standard_is_in_the_docs():
    text = (Path(__file__).parents[2] / "docs" / "encounters.md").read_text()
    for name in (*PAIR_COLUMNS, WITHOUT, *STATES, *STANDARDS, "raw_level", "status", "intruder_id", "own_id", "t_s"):
        assert f"`{name}`" in text, name
