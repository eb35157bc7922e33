"""Merkle hashes and proofs against RFC 9162 and published vectors."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.core.ledger.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

# Leaves and roots that Certificate Transparency implementations have shared since RFC 6962; RFC
# 9162 keeps the hashes for SHA-256.
LEAVES = [
    leaf_hash(bytes.fromhex(leaf))
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert tree_root([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size: int) -> None:
    assert tree_root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_example_of_rfc_9162_section_2_1_5() -> None:
    a, b, c, d, e, f, j = leaves = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, whole = node_hash(g, h), node_hash(node_hash(g, h), node_hash(i, j))
    last = node_hash(i, j)
    assert tree_root(leaves) == whole
    assert inclusion_proof(leaves, 0) == (b, h, last)
    assert inclusion_proof(leaves, 3) == (c, g, last)
    assert inclusion_proof(leaves, 4) == (f, j, k)
    assert inclusion_proof(leaves, 6) == (i, k)
    assert consistency_proof(leaves, 3) == (c, d, g, last)
    assert consistency_proof(leaves, 4) == (last,)
    assert consistency_proof(leaves, 6) == (i, j, k)


def _leaves(count: int) -> list[bytes]:
    return [leaf_hash(bytes([n])) for n in range(count)]


@pytest.mark.parametrize("size", range(1, 18))
def test_every_proof_of_every_small_tree_holds_and_no_other(size: int) -> None:
    leaves, root = _leaves(size), tree_root(_leaves(size))
    for index in range(size):
        proof = inclusion_proof(leaves, index)
        assert verify_inclusion(leaves[index], index, size, proof, root)
        assert not verify_inclusion(leaves[index], index + 1, size, proof, root)
        assert not verify_inclusion(leaves[index], index, size, (*proof, root), root)
        assert not proof or not verify_inclusion(leaves[index], index, size, proof[:-1], root)
        first = index + 1
        grown = consistency_proof(leaves, first)
        early = tree_root(leaves[:first])
        assert verify_consistency(first, early, size, root, grown)
        assert not verify_consistency(first, early, size, root, (*grown, root))
        assert first == size or not verify_consistency(first, root, size, root, grown)


@given(st.integers(2, 40), st.data())
def test_a_proof_with_one_bit_changed_fails(size: int, data: st.DataObject) -> None:
    leaves = _leaves(size)
    root = tree_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = list(inclusion_proof(leaves, index))
    place = data.draw(st.integers(0, len(proof) - 1))
    proof[place] = _flip(proof[place], data.draw(st.integers(0, 255)))
    assert not verify_inclusion(leaves[index], index, size, proof, root)


def _flip(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_there_is_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(_leaves(size), index)
    assert not verify_inclusion(b"", index, size, (), EMPTY_ROOT)


@pytest.mark.parametrize("first", [0, 4])
def test_only_a_prefix_can_be_proved(first: int) -> None:
    leaves: Sequence[bytes] = _leaves(3)
    with pytest.raises(IndexError):
        consistency_proof(leaves, first)
    assert not verify_consistency(first, EMPTY_ROOT, 3, tree_root(leaves), ())
