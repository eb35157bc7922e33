"""A Merkle tree over the entries: short proofs that an entry is in, and that nothing was rewritten.

Definitions and algorithms of RFC 9162 (Certificate Transparency 2.0), section 2.1, with SHA-256.
Leaves are given as their hashes, so that a proof can be made without the entries themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves (RFC 9162, 2.1.1)."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf: SHA-256 over a zero byte and the data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 over a one byte and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """Return the root of the tree over leaf hashes (RFC 9162, 2.1.1).

    Runs in one pass with one hash held per level, so a long ledger needs no more memory.
    """
    frontier: list[tuple[int, bytes]] = []
    for leaf in leaves:
        level, current = 0, leaf
        while frontier and frontier[-1][0] == level:
            current = node_hash(frontier.pop()[1], current)
            level += 1
        frontier.append((level, current))
    if not frontier:
        return EMPTY_ROOT
    root = frontier.pop()[1]
    while frontier:
        root = node_hash(frontier.pop()[1], root)
    return root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the audit path of a leaf, from the leaf upwards (RFC 9162, 2.1.3.1).

    Raises
    ------
    IndexError
        If there is no leaf of that index.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of a tree of {len(leaves)}")
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*inclusion_proof(leaves[:split], index), tree_root(leaves[split:]))
    return (*inclusion_proof(leaves[split:], index - split), tree_root(leaves[:split]))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Return whether the proof shows that `leaf` is at `index` of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position % 2 or position == last:
            current = node_hash(sibling, current)
            while position % 2 == 0 and position:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and current == root


def consistency_proof(leaves: Sequence[bytes], first: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of the `first` leaves is a prefix (RFC 9162, 2.1.4.1).

    Raises
    ------
    IndexError
        If `first` is not between 1 and the number of leaves.
    """
    if not 0 < first <= len(leaves):
        raise IndexError(f"a tree of {first} is no prefix of a tree of {len(leaves)}")
    return _subproof(first, leaves, complete=True)


def verify_consistency(
    first: int, first_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Return whether the proof shows that a ledger has only grown (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= size:
        return False
    if first == size:
        return not proof and first_root == root
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    return bool(path) and _replay(first, first_root, size, root, path)


def _replay(first: int, first_root: bytes, size: int, root: bytes, path: list[bytes]) -> bool:
    old, last = first - 1, size - 1
    while old % 2:
        old, last = old >> 1, last >> 1
    seen_first = seen_root = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if old % 2 or old == last:
            seen_first = node_hash(sibling, seen_first)
            seen_root = node_hash(sibling, seen_root)
            while old % 2 == 0 and old:
                old, last = old >> 1, last >> 1
        else:
            seen_root = node_hash(seen_root, sibling)
        old, last = old >> 1, last >> 1
    return last == 0 and seen_first == first_root and seen_root == root


def _subproof(first: int, leaves: Sequence[bytes], *, complete: bool) -> tuple[bytes, ...]:
    if first == len(leaves):
        return () if complete else (tree_root(leaves),)
    split = _split(len(leaves))
    if first <= split:
        left = _subproof(first, leaves[:split], complete=complete)
        return (*left, tree_root(leaves[split:]))
    right = _subproof(first - split, leaves[split:], complete=False)
    return (*right, tree_root(leaves[:split]))


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
