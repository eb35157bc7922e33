"""From decisions of persons to pairs of records that are one person, or are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations, islice

from safepassage.core.register.entries import Conflict, Decided, Entry, Verdict

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What decisions add up to; see :class:`~safepassage.core.register.entries.RegisterState`."""

    same: tuple[Pair, ...]
    different: tuple[Pair, ...]
    conflicts: tuple[Conflict, ...]
    findings: tuple[str, ...]


def judged(
    decisions: Sequence[tuple[Entry, Decided]],
    records: AbstractSet[str],
    erased: AbstractSet[str],
    forked: AbstractSet[str] = frozenset(),
) -> Verdicts:
    """Return what `decisions` add up to (01a-store §18 to §20).

    For a pair that several decisions name, those count that no later one was made in knowledge of.
    Where these contradict each other the pair is different, and a conflict. Pairs are written out
    only for different records, and for the same ones as far as needed to tell them from these.

    Parameters
    ----------
    decisions
        Those that count, in order.
    records, erased
        Record ids that are there, and that were; decisions about others are said.
    forked
        Copies that used a number twice: of these a later number alone shows no knowledge.
    """
    log = [_Decision.of(entry, body, records, forked) for entry, body in decisions]
    pairs = _Pairs(log)
    apart = {pair: pairs.reading(pair) for pair in pairs.called_different()}
    different = {pair for pair, reading in apart.items() if reading.verdict is Verdict.DIFFERENT}
    same, torn = _joined(pairs.called_same(), different)
    conflicts = [_contradiction(pair, r) for pair, r in apart.items() if r.contradicted]
    conflicts += [_broken_chain(pair) for pair in torn]
    return Verdicts(
        same=tuple(sorted(same)),
        different=tuple(sorted(different)),
        conflicts=tuple(sorted(conflicts, key=lambda each: (each.left, each.right))),
        findings=tuple(_unknown(decisions, records | erased)),
    )


def _unknown(decisions: Iterable[tuple[Entry, Decided]], known: AbstractSet[str]) -> Iterable[str]:
    for entry, body in decisions:
        missing = sorted({*body.left, *body.right} - known)
        if missing:
            yield (
                f"There is a decision ({entry.entry_id}) about {', '.join(missing)}, not in the "
                "register."
            )


# --------------------------------------------------------------------------- which decision counts


@dataclass(frozen=True, slots=True)
class _Decision:
    """A decision, about the records that are there."""

    entry: Entry
    verdict: Verdict
    left: tuple[str, ...]
    right: tuple[str, ...]
    of_fork: bool

    @classmethod
    def of(
        cls, entry: Entry, body: Decided, records: AbstractSet[str], forked: AbstractSet[str]
    ) -> _Decision:
        left = tuple(sorted(set(body.left) & records))
        right = tuple(sorted(set(body.right) & records))
        return cls(entry, body.verdict, left, right, entry.copy in forked)

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(sorted({*self.left, *self.right}))

    def knew(self, other: _Decision) -> bool:
        """Whether `other` was in the store on which this decision was made."""
        mine, theirs = self.entry, other.entry
        if mine.copy == theirs.copy and not self.of_fork:
            return theirs.counter < mine.counter
        return any(copy == theirs.copy and theirs.counter <= at for copy, at in mine.seen)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the decisions on one pair say."""

    verdict: Verdict
    counting: tuple[_Decision, ...]

    @property
    def contradicted(self) -> bool:
        return len({each.verdict for each in self.counting}) > 1


class _Pairs:
    """Decisions by the pairs that they are about; groups are not written out in pairs."""

    def __init__(self, log: Sequence[_Decision]) -> None:
        self._log = log
        self._same_of: dict[str, list[int]] = defaultdict(list)
        self._different_of: dict[Pair, list[int]] = defaultdict(list)
        for at, decision in enumerate(log):
            if decision.verdict is Verdict.SAME:
                for record_id in decision.members:
                    self._same_of[record_id].append(at)
            else:
                for pair in {_pair(a, b) for a in decision.left for b in decision.right if a != b}:
                    self._different_of[pair].append(at)

    def called_different(self) -> list[Pair]:
        """Return the pairs that any decision called different."""
        return sorted(self._different_of)

    def reading(self, pair: Pair) -> _Reading:
        """Return what counts for a pair that was called different."""
        same = set(self._same_of.get(pair[0], ())) & set(self._same_of.get(pair[1], ()))
        named = [self._log[at] for at in sorted({*same, *self._different_of[pair]})]
        counting = tuple(each for each in named if not any(later.knew(each) for later in named))
        verdicts = {each.verdict for each in counting}
        verdict = Verdict.SAME if verdicts == {Verdict.SAME} else Verdict.DIFFERENT
        return _Reading(verdict, counting)

    def called_same(self) -> list[tuple[str, ...]]:
        """Return the groups called one person, the latest first."""
        return [each.members for each in reversed(self._log) if each.verdict is Verdict.SAME]


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


# ---------------------------------------------------------------------- chains that would join


def _joined(
    called_same: Iterable[Sequence[str]], different: AbstractSet[Pair]
) -> tuple[list[Pair], list[Pair]]:
    """Return pairs that hold together what may be joined, and one for each tear in a group.

    Each member joins the first part of its group that holds nobody different from it.
    """
    groups = _Groups(different)
    kept: dict[Pair, None] = {}
    torn: dict[Pair, None] = {}
    for members in called_same:
        parts: list[list[str]] = []
        for member in members:
            home = next((part for part in parts if groups.join(part[0], member)), None)
            if home is None:
                parts.append([member])
            else:
                kept[_pair(home[0], member)] = None
                home.append(member)
        torn.update(dict.fromkeys(_tears(parts, different)))
    return list(kept), list(torn)


def _tears(parts: Sequence[Sequence[str]], different: AbstractSet[Pair]) -> Iterable[Pair]:
    """Return, for every two parts of a group, a pair kept apart though nobody said so of it."""
    for one, other in combinations(parts, 2):
        across = (_pair(a, b) for a in one for b in other)
        yield from islice((pair for pair in across if pair not in different), 1)


class _Groups:
    """Groups of records that grow unless that would join two that are different."""

    def __init__(self, different: Iterable[Pair]) -> None:
        self._of: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}
        self._foes: dict[str, set[str]] = defaultdict(set)
        for a, b in different:
            self._foes[a].add(b)
            self._foes[b].add(a)

    def join(self, a: str, b: str) -> bool:
        """Put the groups of `a` and `b` together; return False if they must stay apart."""
        one, other = self._root(a), self._root(b)
        if one == other:
            return True
        if len(self._members[one]) < len(self._members[other]):
            one, other = other, one
        if any(self._root(foe) == one for each in self._members[other] for foe in self._foes[each]):
            return False
        for each in self._members.pop(other):
            self._members[one].append(each)
            self._of[each] = one
        return True

    def _root(self, record_id: str) -> str:
        root = self._of.setdefault(record_id, record_id)
        if root == record_id:
            self._members.setdefault(record_id, [record_id])
        return root


# ------------------------------------------------------------------------------------ in words


def _contradiction(pair: Pair, reading: _Reading) -> Conflict:
    said = "; ".join(
        f"{each.entry.by or 'somebody'} decided on {each.entry.at[:10]} that they are "
        f"{'one person' if each.verdict is Verdict.SAME else 'different persons'}"
        for each in reading.counting
    )
    words = f"{said}; neither knew of the other. Kept apart until somebody decides again"
    return Conflict(pair[0], pair[1], f"{words}.")


def _broken_chain(pair: Pair) -> Conflict:
    return Conflict(
        pair[0],
        pair[1],
        "they were said to be one person, but this would join records that were said to be "
        "different persons. Kept apart until somebody decides again.",
    )
