"""Ledger files: written once, appended to, verified by whoever holds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from safepassage.adapters.ledger_file import (
    append_to_ledger,
    read_head,
    read_private_key,
    read_public_key,
    verify_ledger_file,
    write_scenario_ledger,
)
from safepassage.core.agreement.types import Act
from safepassage.core.ledger.dsse import public_key_of
from safepassage.errors import InputError, UsageError
from safepassage.scenario.types import Scenario

SEED = bytes(range(32))
MORE = [("act", {"act_id": "r1", "kind": "formal_request", "by": "R", "to": "H"})]


def _pem(path: Path, *, private: bool, elliptic: bool = False) -> Path:
    key = (
        generate_private_key(SECP256R1())
        if elliptic
        else Ed25519PrivateKey.from_private_bytes(SEED)
    )
    data = (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        if private
        else key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    path.write_bytes(data)
    return path


def test_a_scenarios_ledger_is_whole_and_signed(paper_scenario: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    head = write_scenario_ledger(paper_scenario, path, [SEED])
    report = verify_ledger_file(path, [public_key_of(SEED)])
    assert (report.faults, report.head, head.size) == ((), head, 9)
    assert report.verified == report.signatures == 10
    assert [entry.kind for entry in report.entries].count("statement") == 3


def test_a_ledger_is_never_overwritten(paper_scenario: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text("kept")
    with pytest.raises(UsageError, match="never overwritten"):
        write_scenario_ledger(paper_scenario, path)
    assert path.read_text() == "kept"


def test_appending_leaves_what_is_there_byte_for_byte(
    paper_scenario: Scenario, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.jsonl"
    early = write_scenario_ledger(paper_scenario, path)
    before = path.read_bytes()
    late = append_to_ledger(path, MORE)
    assert path.read_bytes().startswith(before)
    assert late.size == early.size + 1
    assert verify_ledger_file(path, lodged=early).faults == ()


def test_nothing_is_appended_to_a_ledger_with_a_fault(
    paper_scenario: Scenario, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.jsonl"
    write_scenario_ledger(paper_scenario, path)
    path.write_bytes(path.read_bytes().replace(b"Free choice", b"Free Choice"))
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"ledger\.jsonl: line 4: edited"):
        append_to_ledger(path, MORE)
    assert path.read_bytes() == before


def test_personal_data_is_refused_before_a_line_is_written(
    paper_scenario: Scenario, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.jsonl"
    call = Act("r1", "formal_request", "R", "H", "2025-02-12T10:00Z", "phone",
               "call from +380 44 123 45 67", "duty officer")  # fmt: skip
    terms = replace(paper_scenario.terms, acts=(call,))
    with pytest.raises(InputError, match="looks like a telephone number") as refused:
        write_scenario_ledger(replace(paper_scenario, terms=terms), path)
    assert "123" not in str(refused.value)
    assert not path.exists()


def test_the_same_scenario_gives_the_same_ledger(paper_scenario: Scenario, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_scenario_ledger(paper_scenario, tmp_path / name, [SEED])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_head_is_read_alone_or_from_a_ledgers_line(
    paper_scenario: Scenario, tmp_path: Path
) -> None:
    head = write_scenario_ledger(paper_scenario, tmp_path / "ledger.jsonl", [SEED])
    alone, line = tmp_path / "head.json", tmp_path / "line.json"
    alone.write_text(json.dumps(head.to_json()))
    line.write_bytes((tmp_path / "ledger.jsonl").read_bytes().splitlines()[-1])
    assert read_head(alone) == read_head(line) == head


@pytest.mark.parametrize("text", ["", "[]", "7", '{"size": 3}', '{"head": 3}', '{"head": {}}'])
def test_what_is_no_head_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "head.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"head\.json: this is not a ledger head"):
        read_head(path)


def test_keys_are_read_from_pem(tmp_path: Path) -> None:
    assert read_private_key(_pem(tmp_path / "k.pem", private=True)) == SEED
    assert read_public_key(_pem(tmp_path / "k.pub", private=False)) == public_key_of(SEED)


@pytest.mark.parametrize("reader", [read_private_key, read_public_key])
def test_other_keys_are_refused_by_name(reader: Callable[[Path], bytes], tmp_path: Path) -> None:
    other = _pem(tmp_path / "other.pem", private=reader is read_private_key, elliptic=True)
    noise = tmp_path / "noise.pem"
    noise.write_text("nothing")
    for path in (other, noise):
        with pytest.raises(InputError, match=f"{path.name}: this is not an Ed25519"):
            reader(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        verify_ledger_file(tmp_path / "none.jsonl")


def test_a_folder_that_is_not_there_is_one_sentence(
    paper_scenario: Scenario, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"cannot be written \(No such file"):
        write_scenario_ledger(paper_scenario, tmp_path / "none" / "ledger.jsonl")
