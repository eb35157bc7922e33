"""Log-linear terms and hierarchical models as bit masks.

A term is the set of lists that interact, as an integer with one bit per list (list 0 is bit 0);
term 0 is the constant. A cell is the set of lists that a person is on, in the same form, and a
term applies to a cell when the cell contains it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, compress, product

import numpy as np
from numpy.typing import NDArray


def terms_up_to(lists: int, order: int) -> tuple[int, ...]:
    """Return every term of at most `order` lists: the constant, single lists, pairs and so on."""
    return tuple(
        sum(1 << place for place in places)
        for size in range(min(order, lists) + 1)
        for places in combinations(range(lists), size)
    )


def order_of(term: int) -> int:
    """Return how many lists a term ties together."""
    return term.bit_count()


def design_matrix(cells: Iterable[int], terms: Iterable[int]) -> NDArray[np.float64]:
    """Return 1 where the cell contains the term and 0 elsewhere, shape (cells, terms)."""
    cell = np.fromiter(cells, dtype=np.int64)[:, None]
    term = np.fromiter(terms, dtype=np.int64)[None, :]
    matrix: NDArray[np.float64] = ((cell & term) == term).astype(np.float64)
    return matrix


def hierarchical_models(lists: int, order: int) -> Iterator[frozenset[int]]:
    """Yield every hierarchical model with all single-list terms and terms up to `order`.

    Hierarchical: a term enters only with all the terms within it. The saturated model is never
    among them; without an assumption on it nothing is said about people on no list.
    """
    base = frozenset(terms_up_to(lists, 1))
    yield from _with_higher(base, lists, 2, min(order, lists - 1))


def _with_higher(
    model: frozenset[int], lists: int, size: int, order: int
) -> Iterator[frozenset[int]]:
    if size > order:
        yield model
        return
    allowed = [
        term
        for term in terms_up_to(lists, size)
        if order_of(term) == size and _covered(term, model)
    ]
    for chosen in product((False, True), repeat=len(allowed)):
        taken = list(compress(allowed, chosen))
        if taken or size == order:
            yield from _with_higher(model | frozenset(taken), lists, size + 1, order)
        else:
            yield model  # nothing of this size: nothing larger can be covered


def _covered(term: int, model: frozenset[int]) -> bool:
    bits = [1 << place for place in range(term.bit_length()) if term >> place & 1]
    return all(term & ~bit in model for bit in bits)


def model_name(model: Iterable[int], names: Sequence[str]) -> str:
    """Return a model by its largest terms, e.g. ``[123,14,34]`` (lists numbered from 1).

    Examples
    --------
    >>> model_name({0, 1, 2, 4, 3}, "abc")
    '[12,3]'
    """
    terms = set(model)
    largest = [t for t in terms if t and not any(t != other and t & other == t for other in terms)]
    labels = [[place + 1 for place in range(len(names)) if term >> place & 1] for term in largest]
    joint = "" if len(names) < 10 else "+"
    return "[" + ",".join(joint.join(map(str, label)) for label in sorted(labels)) + "]"
