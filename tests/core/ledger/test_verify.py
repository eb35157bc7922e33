"""A ledger is tampered with in every way a clerk or an adversary would, and each is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.core.ledger.canonical import canonical_json, digest
from safepassage.core.ledger.dsse import public_key_of
from safepassage.core.ledger.entries import (
    TreeHead,
    chain,
    entry_hash,
    entry_line,
    head_line,
    head_of,
)
from safepassage.core.ledger.verify import verify_ledger
from safepassage.errors import InputError

SEED = bytes(range(32))
RECORDS = [("party", {"party_id": f"P{n}", "name": f"Side {n}"}) for n in range(6)]
ENTRIES = chain(RECORDS)
LINES = [entry_line(entry, [SEED]) for entry in ENTRIES]
HEAD = head_line(head_of(ENTRIES), [SEED])
WHOLE = [*LINES, HEAD]


def _faults(lines: list[bytes], lodged: TreeHead | None = None) -> list[tuple[int | None, str]]:
    report = verify_ledger(b"".join(lines), lodged=lodged)
    return [(fault.line, fault.kind) for fault in report.faults]


def _edited(line: bytes, *, rehash: bool = False) -> bytes:
    value = json.loads(line)
    value["body"]["name"] = "Somebody else"
    if rehash:
        content = {key: value[key] for key in ("body", "index", "kind", "prev")}
        value["hash"] = entry_hash(canonical_json(content))
    return canonical_json(value) + b"\n"


def test_the_untouched_ledger_is_whole() -> None:
    report = verify_ledger(b"".join(WHOLE), [public_key_of(SEED)])
    assert report.faults == ()
    assert report.head == head_of(ENTRIES)
    assert report.entries == ENTRIES


def test_an_edited_line_is_named() -> None:
    assert _faults([*LINES[:2], _edited(LINES[2]), *LINES[3:], HEAD]) == [(3, "edited")]


def test_an_edited_line_with_its_hash_made_to_fit_breaks_the_link_after_it() -> None:
    forged = [*LINES[:2], _edited(LINES[2], rehash=True), *LINES[3:], HEAD]
    assert _faults(forged) == [(4, "broken_link")]
    last = [*LINES[:5], _edited(LINES[5], rehash=True), HEAD]
    assert _faults(last) == [(7, "edited")]


def test_an_edited_line_voids_its_signature() -> None:
    forged = b"".join([*LINES[:5], _edited(LINES[5], rehash=True), HEAD])
    faults = verify_ledger(forged, [public_key_of(SEED)]).faults
    assert (6, "bad_signature") in [(fault.line, fault.kind) for fault in faults]


def test_swapped_lines_are_named() -> None:
    swapped = [LINES[0], LINES[2], LINES[1], *LINES[3:], HEAD]
    assert _faults(swapped) == [(3, "reordered")]


def test_a_repeated_line_is_named() -> None:
    assert _faults([*LINES[:3], LINES[1], *LINES[3:], HEAD]) == [(4, "duplicated")]


def test_another_entry_of_the_same_number_is_kept_as_a_fork() -> None:
    forked = [*LINES, _edited(LINES[1], rehash=True), HEAD]
    assert (7, "forked") in _faults(forked)


def test_a_line_taken_out_is_missed() -> None:
    assert _faults([*LINES[:2], *LINES[3:], HEAD]) == [(3, "missing")]
    report = verify_ledger(b"".join([*LINES[:1], *LINES[4:], HEAD]))
    assert "entries 1 to 3" in str(report.faults[0])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (LINES, [(None, "truncated")]),
        ([*LINES[:4], HEAD], [(5, "truncated")]),
        ([*LINES, HEAD[:-9]], [(7, "truncated"), (None, "truncated")]),
        ([*WHOLE, *[entry_line(chain([RECORDS[0]], ENTRIES)[0])]], [(8, "truncated")]),
        ([], [(None, "truncated")]),
    ],
)
def test_a_cut_ledger_is_named(lines: list[bytes], expected: list[tuple[int | None, str]]) -> None:
    assert _faults(lines) == expected


def test_a_ledger_rewritten_from_the_start_is_told_by_the_lodged_head() -> None:
    other = chain([("party", {"party_id": "Q"}), *RECORDS[1:]])
    rewritten = [*(entry_line(entry) for entry in other), head_line(head_of(other))]
    assert _faults(rewritten) == []
    assert _faults(rewritten, head_of(ENTRIES)) == [(None, "forked")]


@pytest.mark.parametrize(
    "line",
    [
        b"not json\n",
        b"\n",
        b"[1]\n",
        b'{"index": NaN}\n',
        b"\xff\xfe\n",
        b'{"body":{},"body":{},"hash":"","index":6,"kind":"party","prev":""}\n',
        b'{"body":{},"hash":"","index":-1,"kind":"party","prev":""}\n',
        b'{"body":{},"hash":"","index":6,"kind":"party","prev":"","more":1}\n',
        b'{"head":{"size":1}}\n',
        b'{"head":{"last":"","ledger_version":"9.0","root":"","size":1}}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_line_that_is_none_is_named_and_the_rest_is_read(line: bytes) -> None:
    report = verify_ledger(b"".join([*LINES, line, HEAD]))
    assert (7, "unreadable") in [(fault.line, fault.kind) for fault in report.faults]
    assert len(report.entries) == 6


def test_spaces_put_in_after_signing_are_an_edit() -> None:
    spaced = json.dumps(json.loads(LINES[0])).encode() + b"\n"
    assert _faults([spaced, *LINES[1:], HEAD]) == [(1, "edited")]


def test_a_field_that_is_not_allowed_is_named_even_in_a_valid_chain() -> None:
    line = json.loads(LINES[0])
    line["body"]["telephone"] = "x"
    content = {key: line[key] for key in ("body", "index", "kind", "prev")}
    line["hash"] = digest(content)
    assert _faults([canonical_json(line) + b"\n"])[0] == (1, "not_allowed")


@given(st.data())
def test_no_single_byte_can_change_unnoticed(data: st.DataObject) -> None:
    whole = b"".join(WHOLE)
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[place]))
    changed = whole[:place] + bytes([byte]) + whole[place + 1 :]
    assert verify_ledger(changed, [public_key_of(SEED)]).faults


def test_a_signature_under_another_keys_id_is_named() -> None:
    line = json.loads(LINES[1])
    line["signatures"][0]["keyid"] = "0" * 64
    forged = b"".join([LINES[0], canonical_json(line) + b"\n", *LINES[2:], HEAD])
    faults = verify_ledger(forged, [public_key_of(SEED)]).faults
    assert [(fault.line, fault.kind) for fault in faults] == [(2, "bad_signature")]


@given(st.binary(max_size=300))
def test_nothing_that_is_fed_in_raises(data: bytes) -> None:
    assert verify_ledger(data).faults


@given(st.lists(st.sampled_from(range(7)), max_size=9))
def test_only_the_whole_sequence_is_whole(order: list[int]) -> None:
    lines = [WHOLE[index] for index in order]
    assert bool(_faults(lines, head_of(ENTRIES))) == (order != list(range(7)))


def test_a_chain_goes_on_from_what_is_there() -> None:
    assert chain(RECORDS[3:], chain(RECORDS[:3])) == ENTRIES[3:]


@pytest.mark.parametrize("value", [1.5, float("nan"), {1: "a"}, {"a": {"b": b"x"}}, 2**60])
def test_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        canonical_json({"a": value})
