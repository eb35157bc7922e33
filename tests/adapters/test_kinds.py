"""Kinds of records, and the distinct pairs among them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from safepassage.adapters.kinds import Kinds, with_telling_values

LIST = pa.list_(pa.string())
TABLE = pa.table(
    {
        "sex": pa.array(["female", None, "female", None, "female"]),
        "keys": pa.array([["a", "b"], [], ["a", "b"], None, ["b", "a"]], LIST),
        "given": pa.array([["x"], ["b", "y"], None, [], ["a"]], LIST),
    }
)


def test_records_of_one_kind_say_the_same_in_the_same_order():
    kinds = Kinds.by(TABLE.select(["sex", "keys"]))
    assert kinds.of.tolist() == [0, 1, 0, 2, 3]  # nothing known is another kind than an empty list
    assert kinds.first.tolist() == [0, 1, 3, 4]
    assert kinds.said["keys"].to_pylist() == [["a", "b"], [], None, ["b", "a"]]


def test_pairs_of_one_kind_are_one_pair():
    kinds = Kinds.by(TABLE.select(["sex"]))
    left, right, place = kinds.pairs(np.array([0, 1, 2]), np.array([1, 2, 3]))
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 1), (1, 0)]
    assert place.tolist() == [0, 1, 0]


def test_lists_keep_what_the_columns_hold_in_which_they_are_searched():
    found = with_telling_values(TABLE, "list_has_any(keys_l, given_r)")
    assert found["keys"].to_pylist() == [["a", "b"], [], ["a", "b"], None, ["b", "a"]]
    assert found["given"].to_pylist() == [[], ["b"], None, [], ["a"]]


def test_lists_that_are_also_asked_otherwise_stay_whole():
    searched = "list_has_any(keys_l, given_r)"
    whole = with_telling_values(TABLE, f"{searched} or list_has_any(given_l, given_r)")
    assert whole["given"].equals(TABLE["given"])
    assert with_telling_values(TABLE, f"{searched} or given_l = given_r")["given"].equals(
        TABLE["given"]
    )


def test_no_records_have_no_kinds():
    kinds = Kinds.by(TABLE.slice(0, 0))
    nothing = np.zeros(0, dtype=np.int64)
    assert [len(each) for each in kinds.pairs(nothing, nothing)] == [0, 0, 0]
