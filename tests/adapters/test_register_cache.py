"""The linkage beside a store: whole, sealed, for exactly one state, never in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safepassage.adapters.register_cache import (
    Linkage,
    LinkageCache,
    cache_path,
    digest_of,
    forget,
)
from safepassage.core.register.entries import RegisterState
from safepassage.core.register.types import (
    Choice,
    Consent,
    Evidence,
    LifeStatus,
    Link,
    ListRecord,
    Need,
    Person,
    RegisterHousehold,
)

KEY = b"k" * 32
LINKAGE = Linkage(
    links=(Link("a:1", "b:1", 0.9, (Evidence("surname", "same", 4.2),), accepted=True, cost=2.5),),
    persons=(Person("P-1", ("a:1", "b:1"), 0.9), Person("P-2", ("a:2",), 1.0)),
    households=(RegisterHousehold("H-1", ("P-1", "P-2"), "sudzha", 0.9),),
    review=(0,),
    model={"m": 0.5},
    dropped_keys=3,
    refused=(("a:1", "a:2"),),
    outdated=True,
)


def test_what_was_written_is_read(tmp_path):
    cache = LinkageCache(tmp_path / "op.store.linked", KEY)
    cache.write("digest", LINKAGE)
    assert cache.read() == ("digest", LINKAGE)
    assert [path.name for path in tmp_path.iterdir()] == ["op.store.linked"]


@pytest.mark.parametrize("damage", [b"", b"short", b"safepassage linked 3\n" + b"x" * 60])
def test_a_damaged_file_is_as_good_as_none(tmp_path, damage):
    cache = LinkageCache(tmp_path / "op.store.linked", KEY)
    cache.path.write_bytes(damage)
    assert cache.read() is None


def test_another_key_reads_nothing(tmp_path):
    LinkageCache(tmp_path / "x.linked", KEY).write("digest", LINKAGE)
    assert LinkageCache(tmp_path / "x.linked", b"o" * 32).read() is None


def test_a_place_that_cannot_be_written_is_no_error(tmp_path):
    cache = LinkageCache(tmp_path / "no such folder" / "x.linked", KEY)
    cache.write("digest", LINKAGE)
    assert cache.read() is None


def test_forgetting_what_is_not_there_is_no_error(tmp_path):
    forget(tmp_path / "op.store")
    cache_path(tmp_path / "op.store").write_bytes(b"x")
    forget(tmp_path / "op.store")
    assert not cache_path(tmp_path / "op.store").exists()


RECORD = ListRecord("a:1", "a", 1, full_name="Іваненко Євген")
STATE = RegisterState(records=(RECORD,))


@pytest.mark.parametrize(
    "change",
    [{"full_name": "Іваненко Ніна"}, {"phone": "1"}, {"household_key": "7"}, {"email": "a@b"},
     {"stay_place": "Суджа"}, {"documents": ("d",)}, {"address": "1"}],
)  # fmt: skip
def test_what_is_compared_makes_another_digest(change):
    changed = replace(STATE, records=(replace(RECORD, **change),))
    assert digest_of(changed) != digest_of(STATE)


@pytest.mark.parametrize(
    "change",
    [{"choice": Choice.GO}, {"consent": Consent.YES}, {"needs": frozenset({Need.ANIMALS})},
     {"status": LifeStatus.ALREADY_OUT}, {"asked_on": "2025-02-11"}, {"extra": (("a", "b"),)}],
)  # fmt: skip
def test_an_answer_does_not(change):
    changed = replace(STATE, records=(replace(RECORD, **change),))
    assert digest_of(changed) == digest_of(STATE)


@pytest.mark.parametrize(
    "change",
    [{"same": (("a:1", "b:1"),)}, {"different": (("a:1", "b:1"),)}, {"model": "{}"},
     {"places": (("x", "X"),)}],
)  # fmt: skip
def test_decisions_model_and_places_do(change):
    assert digest_of(replace(STATE, **change)) != digest_of(STATE)
