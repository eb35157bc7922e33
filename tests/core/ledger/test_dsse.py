"""Signatures: RFC 8032's first vector, DSSE's encoding, and what does not verify."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safepassage.core.ledger.dsse import (
    Signature,
    key_id,
    pre_authentication_encoding,
    public_key_of,
    sign,
    signatures_from_json,
    signatures_to_json,
    verified_by,
)

# RFC 8032, 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
OTHER = bytes(range(32))


def test_the_public_key_of_rfc_8032() -> None:
    assert public_key_of(SEED) == PUBLIC


def test_the_encoding_counts_bytes_not_letters() -> None:
    assert pre_authentication_encoding("й", "ж".encode()) == "DSSEv1 2 й 2 ж".encode()


def test_several_keys_sign_and_each_is_found_whatever_the_key_id_says() -> None:
    envelope = sign("text/plain", b"terms", [SEED, OTHER])
    keys = [PUBLIC, public_key_of(OTHER)]
    assert verified_by(envelope, keys) == {key_id(key) for key in keys}
    lying = tuple(replace(signature, keyid="nobody") for signature in envelope.signatures)
    assert verified_by(replace(envelope, signatures=lying), keys[:1]) == {key_id(PUBLIC)}


@pytest.mark.parametrize(
    "changes",
    [{"payload": b"Terms"}, {"payload_type": "text/html"}, {"signatures": ()}],
)
def test_any_changed_letter_voids_the_signature(changes: dict[str, object]) -> None:
    envelope = replace(sign("text/plain", b"terms", [SEED]), **changes)
    assert verified_by(envelope, [PUBLIC]) == frozenset()


def test_signatures_go_through_json() -> None:
    envelope = sign("text/plain", b"terms", [SEED])
    assert signatures_from_json(signatures_to_json(envelope.signatures)) == envelope.signatures
    assert envelope.to_json()["payload"] == "dGVybXM="


@pytest.mark.parametrize("value", [{}, ["x"], [{"keyid": "a"}], [{"keyid": "a", "sig": "é"}]])
def test_other_shapes_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="signature"):
        signatures_from_json(value)


def test_a_short_signature_does_not_verify() -> None:
    envelope = replace(sign("t", b"x", [SEED]), signatures=(Signature("a", b"short"),))
    assert verified_by(envelope, [PUBLIC]) == frozenset()
