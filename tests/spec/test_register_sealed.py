"""One test per numbered rule of docs/spec/01g-sealed.md.

Two sides hold 24 invented people each, twelve of them the same, written in two scripts.
"""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("voprf", reason="the extra 'sealed' is not installed")

from safepassage._version import __version__
from safepassage.adapters import sealed_group, sealed_side
from safepassage.adapters.sealed import (
    Log,
    parse_signed,
    read_session,
    read_signed,
    signed,
    write_session,
)
from safepassage.adapters.sealed_count import count_sealed, make_counter, write_cells
from safepassage.adapters.sealed_key import (
    PAD_TO,
    REST_DAYS,
    Terms,
    evaluate,
    open_session,
)
from safepassage.adapters.sealed_side import (
    OpenList,
    blind_list,
    make_side,
    places_digest,
    read_open_list,
    read_side_key,
    seal_list,
)
from safepassage.core.corridor.types import Place, PlaceKind
from safepassage.core.register.sealed import (
    KINDS,
    SLOTS,
    TOKEN_BYTES,
    SealedList,
    SealedRecord,
    composite_keys,
)
from safepassage.core.register.sealed_cells import (
    MOST_EPSILON,
    Shown,
    cells_to_give,
    most_moves,
    own_moves,
    proven_loss,
    two_sided_geometric,
)
from safepassage.core.register.sealed_link import (
    JOIN_FROM,
    MOST_IN_LIST,
    histories,
    link_sealed,
    log_odds,
)
from safepassage.core.register.sealed_weights import LEARNED
from safepassage.errors import InputError, RefusedError
from safepassage.scenario.types import SourceList

TODAY = "2025-02-11"
SURNAMES = (
    ("Коваленко", "Kovalenko"), ("Мельник", "Melnyk"), ("Шевченко", "Shevchenko"),
    ("Бондаренко", "Bondarenko"), ("Ткаченко", "Tkachenko"), ("Кравченко", "Kravchenko"),
)  # fmt: skip
GIVEN = (("Іван", "Ivan"), ("Олена", "Olena"), ("Петро", "Petro"),
         ("Марія", "Mariia"), ("Сергій", "Serhii"), ("Ганна", "Hanna"))  # fmt: skip
PEOPLE = tuple((SURNAMES[n % 6], GIVEN[n // 6 % 6], 1940 + n) for n in range(36))
"""Nobody shares a name with anybody: 36 pairs of surname and given name."""


FILLED_TO = 256
"""Requests of these tests are filled up to less than the rule says, to be quick."""


@pytest.fixture(scope="module", autouse=True)
def short_requests() -> Iterator[None]:
    """Fill requests up to 256 keys only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_side, "PAD_TO", FILLED_TO)
        yield


class Even:
    """Chance that always says the same: the two halves of the noise cancel, so cells are exact."""

    def random(self) -> float:
        return 0.5


def quiet(done: float, total: float, text: str = "") -> None:
    """Show no progress."""


@dataclass(frozen=True)
class World:
    """A finished session: files by name in one folder, with what every step was given."""

    folder: Path
    first: OpenList
    second: OpenList

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


def write_list(path: Path, people: Any, script: int) -> None:
    rows = [f"{surname[script]},{given[script]},{year}" for surname, given, year in people]
    path.write_text("Surname,Given name,Year of birth\n" + "\n".join(rows) + "\n", encoding="utf-8")


def read(path: Path) -> OpenList:
    return read_open_list(path.parent, SourceList(path.stem, path.stem, path.name, ()), ())


def keys_of(world: Path, *sides: str) -> tuple[str, ...]:
    """Return the public keys of sides, made when they are asked for first."""
    for side in sides:
        if not (world / f"{side}.pub").exists():
            (world / f"{side}.pub").write_text(make_side(world / f"{side}.key"))
    return tuple(read_side_key(world / f"{side}.pub") for side in sides)


def terms(world: Path, **changes: Any) -> Terms:
    recipient = (world / "counter.pub").read_text(encoding="utf-8")
    given = Terms(
        parties=("first", "second"), party_keys=keys_of(world, "first", "second"),
        counter=recipient, cap=4096, minimum_set=20,
        minimum_cell=3, epsilon=1.0, places="", software=__version__,
    )  # fmt: skip
    return replace(given, **changes)


def start(folder: Path, **changes: Any) -> None:
    recipient = make_counter(folder / "counter.key")
    (folder / "counter.pub").write_text(recipient, encoding="utf-8")
    write_list(folder / "first.csv", PEOPLE[:24], 0)
    write_list(folder / "second.csv", PEOPLE[12:], 1)
    open_session(folder / "keys", "june", terms(folder, **changes), TODAY)


def ask(folder: Path, side: str, source: str = "") -> None:
    session = read_session(folder / "keys" / "june.session")
    blind_list(
        session, side, folder / f"{side}.key", read(folder / f"{source or side}.csv"), "",
        folder / f"{side}.request", folder / f"{side}.secret", quiet,
    )  # fmt: skip


def answer(folder: Path, side: str) -> int:
    return evaluate(
        folder / "keys", folder / f"{side}.request", folder / f"{side}.answer", TODAY, quiet
    )


def seal(folder: Path, side: str, answered: str = "") -> int:
    session = read_session(folder / "keys" / "june.session")
    return seal_list(
        session, read(folder / f"{side}.csv"), folder / f"{side}.secret",
        folder / f"{answered or side}.answer", folder / f"{side}.sealed", quiet,
    )  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a session in which both sides have sealed; what was destroyed is kept as ``.kept``."""
    folder = tmp_path_factory.mktemp("sealed")
    start(folder)
    for side in ("first", "second"):
        ask(folder, side)
        (folder / f"{side}.kept").write_bytes((folder / f"{side}.secret").read_bytes())
        (folder / f"{side}.mode").write_text(str((folder / f"{side}.secret").stat().st_mode))
        answer(folder, side)
        seal(folder, side)
    return World(folder, read(folder / "first.csv"), read(folder / "second.csv"))


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """Return a folder with an open session and two lists; nobody has asked."""
    start(tmp_path)
    return tmp_path


@pytest.fixture
def copy_of(world: World, tmp_path: Path) -> Callable[[], Path]:
    """Return a way to have the finished session for oneself, not counted yet."""
    import shutil

    def copy() -> Path:
        target = tmp_path / "copy"
        shutil.copytree(world.folder, target)
        (target / "counter.key.log").unlink(missing_ok=True)
        return target

    return copy


def count(folder: Path, *sides: str) -> Any:
    session = read_session(folder / "keys" / "june.session")
    sets = [folder / f"{side}.sealed" for side in sides or ("first", "second")]
    return count_sealed(session, sets, folder / "counter.key", TODAY, Even())


def altered(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what a signed file says and leave its signatures as they were."""
    outer = json.loads(path.read_bytes())
    body = json.loads(base64.b64decode(outer["payload"]))
    change(body)
    payload = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    outer["payload"] = base64.b64encode(payload.encode()).decode()
    path.write_text(json.dumps(outer))


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".csv")


def resigned(folder: Path, change: dict[str, Any]) -> None:
    """Have the first side ask for something else, with its own signature."""
    kept = json.loads((folder / "first.secret").read_text())
    body = read_signed(folder / "first.request", "request").body | change
    (folder / "first.request").write_bytes(signed("request", body, bytes.fromhex(kept["signing"])))


def test_1_three_roles_by_file_and_the_result_is_that_of_names(copy_of: Any) -> None:
    cells = count(copy_of())
    shown = {cell.history: cell.count for cell in cells.cells}
    assert shown == {(1, 1): 12, (1, 0): 12, (0, 1): 12}


def test_2_the_id_changes_with_every_term(world: World) -> None:
    session = read_session(world / "keys/june.session")
    others = {
        replace(session, **change).session_id
        for change in (
            {"cap": 1}, {"minimum_set": 1}, {"minimum_cell": 1}, {"epsilon": 2.0},
            {"parties": ("first", "third")}, {"public_key": "00"}, {"signing_key": "00"},
            {"counter": "age1"}, {"places": "x"}, {"software": "9"}, {"made_on": "2025-02-12"},
            {"party_keys": session.party_keys[::-1]},
        )
    }  # fmt: skip
    assert len(others) == 12
    assert session.session_id not in others


def test_2_what_is_compared_is_too_long_to_find_two_terms_with_the_same(world: World) -> None:
    """A key holder chooses all terms, so it could look for two that sound alike: 2**80 tries."""
    session = read_session(world / "keys/june.session")
    groups = session.spoken.split()
    assert [len(group) for group in groups] == [4] * 10
    assert session.session_id.startswith("".join(groups))


def test_2_keys_receipts_and_sets_are_bound_to_the_full_digest(world: World) -> None:
    from safepassage.adapters.sealed_count import _decrypted

    session = read_session(world / "keys/june.session")
    assert len(session.session_id) == 64
    sealed = parse_signed(_decrypted(world / "first.sealed", world / "counter.key"), "set", "first")
    receipt = parse_signed(sealed.blob("receipt"), "receipt", "first")
    request = read_signed(world / "first.request", "request")
    for signed_file in (sealed, receipt, request, read_signed(world / "first.answer", "answer")):
        assert signed_file.text("session") == session.session_id
    key = "name-year\x1fkovalenko\x1fivan\x1f1940"
    text = f"safepassage sealed {session.session_id}\x1e{key}"
    assert sealed_side._input(session, key) == hashlib.sha512(text.encode()).digest()


def test_3_a_changed_file_is_refused(copy_of: Any, world: World) -> None:
    folder = copy_of()
    altered(folder / "keys/june.session", lambda body: body.update(cap=10**6))
    with pytest.raises(InputError, match="was changed"):
        read_session(folder / "keys/june.session")
    altered(folder / "first.answer", lambda body: body.update(log_head="00"))
    with pytest.raises(InputError, match="was changed"):
        read_signed(folder / "first.answer", "answer").require(
            read_session(world / "keys/june.session").signing_key, "the key holder"
        )
    cut = (folder / "first.sealed").read_bytes()[:-1]
    (folder / "first.sealed").write_bytes(cut)
    (folder / "keys/june.session").write_bytes((world / "keys/june.session").read_bytes())
    with pytest.raises(InputError, match="changed on the way"):
        count(folder)


def test_3_looser_terms_slipped_into_the_key_holders_folder_are_refused(begun: Path) -> None:
    ask(begun, "first")
    session = read_session(begun / "keys/june.session")
    keys = json.loads((begun / "keys/june.key").read_text())
    looser = replace(session, cap=10**6)
    write_session(begun / "keys/june.session", looser, bytes.fromhex(keys["signing"]))
    with pytest.raises(InputError, match="terms that belong to this key"):
        answer(begun, "first")


def test_3_a_set_of_another_session_is_refused(copy_of: Any) -> None:
    folder = copy_of()
    session = read_session(folder / "keys/june.session")
    keys = json.loads((folder / "keys/june.key").read_text())
    other = replace(session, made_on="2025-02-12")
    write_session(folder / "keys/june.session", other, bytes.fromhex(keys["signing"]))
    with pytest.raises(RefusedError, match="another session"):
        count(folder)


def test_4_no_file_holds_a_name_a_year_or_a_key(world: World) -> None:
    names = {word for surname, given, _ in PEOPLE for word in (*surname, *given)}
    keys = {key for row in world.first.records for kind in composite_keys(row) for key in kind}
    parts = {part for key in keys for part in key.split("\x1f")[1:]}
    # Short Latin words stand in a million characters of base64 by chance.
    words = {word for word in names | keys | parts if not word.isascii() or len(word) > 5}
    assert len(words) > 20
    read_any = 0
    for path in files_of(world.folder):
        content = path.read_bytes()
        for layer in (content, *_decoded(content)):
            text = layer.decode("utf-8", "ignore")
            found = [word for word in words if word in text]
            assert not found, f"{path.name} holds clear text"
            read_any += 1
    assert read_any > 12


def _decoded(content: bytes) -> Iterator[bytes]:
    try:
        payload = base64.b64decode(json.loads(content)["payload"])
    except (ValueError, KeyError, TypeError):
        return
    yield payload
    for value in json.loads(payload).values():
        if isinstance(value, str) and len(value) > 100:
            yield base64.b64decode(value)


def test_4_refusals_and_the_log_name_nobody(begun: Path) -> None:
    write_list(begun / "short.csv", PEOPLE[:3], 0)
    with pytest.raises(RefusedError) as refusal:
        ask(begun, "first", "short")
    log = (begun / "keys/log.jsonl").read_text(encoding="utf-8")
    assert "Коваленко" not in str(refusal.value) + log


def test_5_every_kind_holds_what_differs_within_a_family() -> None:
    own = {"given", "initial", "day"}
    assert all(own & set(kind.parts) for kind in KINDS)


def test_5_readings_stop_at_the_slots(world: World) -> None:
    keys = [composite_keys(row) for row in world.first.records]
    assert all(len(each[at]) <= kind.slots for each in keys for at, kind in enumerate(KINDS))
    assert any(len(each[1]) > 1 for each in keys)


def test_6_kinds_and_sessions_have_keys_of_their_own(world: World) -> None:
    from safepassage.adapters.sealed_side import _input

    session = read_session(world / "keys/june.session")
    other = replace(session, made_on="2025-03-01")
    keys = {key for row in world.first.records for kind in composite_keys(row) for key in kind}
    assert {_input(session, key) for key in keys}.isdisjoint(_input(other, key) for key in keys)
    assert all(key.split("\x1f")[0] in {kind.name for kind in KINDS} for key in keys)


def test_7_years_typing_errors_and_bands(tmp_path: Path) -> None:
    def keys(written: str) -> tuple[tuple[str, ...], ...]:
        path = tmp_path / "one.csv"
        path.write_text(f"Surname,Given name,Date of birth\nКоваль,Іван,{written}\n", "utf-8")
        return composite_keys(read(path).records[0])

    by_year, by_band = 0, 1
    assert set(keys("1975")[by_year]) & set(keys("1957")[by_year])
    assert not set(keys("1975")[by_year]) & set(keys("1977")[by_year])
    assert all(
        set(keys(str(year))[by_band]) & set(keys(str(year + 4))[by_band])
        for year in range(1950, 1958)
    )


def test_7_a_birth_known_less_closely_has_no_key_with_a_year(world: World) -> None:
    row = world.first.records[0]
    wide = replace(row, birth=(700_000, 700_000 + 4 * 366))
    assert not composite_keys(wide)[0]
    assert not composite_keys(wide)[1]


@pytest.mark.parametrize(
    ("data", "blinded", "evaluated", "proof", "output"),
    [
        (
            "00",
            "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
            "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
            (
                "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
                "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d"
            ),
            (
                "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
                "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
            ),
        ),
        (
            "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
            "cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c",
            "60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468",
            (
                "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
                "67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02"
            ),
            (
                "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
                "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"
            ),
        ),
    ],
)
def test_8_the_vectors_of_the_standard(
    data: str, blinded: str, evaluated: str, proof: str, output: str
) -> None:
    """RFC 9497, A.1.2.1 and A.1.2.2; its blinding is multiplicative, its outputs are ours."""
    from voprf import ristretto

    group = sealed_group
    given = bytes.fromhex(data)
    scalar = int.from_bytes(
        bytes.fromhex("64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"), "little"
    )
    holder = ristretto.Evaluator.from_seed(b"\xa3" * 32, b"test key")
    public = bytes(holder.public_key.serialize())
    assert group.encode(group.times(scalar, group.hash_to_group(given))).hex() == blinded
    (point,) = group.verified(
        public, [bytes.fromhex(blinded)], [bytes.fromhex(evaluated)],
        group.Proof.from_bytes(bytes.fromhex(proof)),
    )  # fmt: skip
    inverse = pow(scalar, -1, group.ORDER)
    assert group.finish(given, group.encode(group.times(inverse, point))).hex() == output
    answered = holder.evaluate(ristretto.BlindedInput.deserialize(group.blind(given, 12345)))
    data_out = bytes(answered.serialize())
    (ours,) = group.verified(
        public, [group.blind(given, 12345)], [data_out[64:]],
        group.Proof.from_bytes(data_out[:64]),
    )  # fmt: skip
    assert group.unblind(given, 12345, ours, public).hex() == output


def test_9_two_requests_for_one_list_share_nothing(world: World, tmp_path: Path) -> None:
    session = read_session(world / "keys/june.session")
    blobs = []
    for n in range(2):
        blind_list(
            session, "first", world / "first.key", world.first, "",
            tmp_path / f"{n}.request", tmp_path / f"{n}.s", quiet,
        )  # fmt: skip
        blobs.append(read_signed(tmp_path / f"{n}.request", "request").blob("blinded"))
    cut = [{blob[at : at + 32] for at in range(0, len(blob), 32)} for blob in blobs]
    assert cut[0].isdisjoint(cut[1])
    assert all(len(each) == FILLED_TO for each in cut)
    assert PAD_TO == 1024


def test_10_an_answer_made_with_another_key_seals_nothing(begun: Path) -> None:
    ask(begun, "first")
    keys = json.loads((begun / "keys/june.key").read_text())
    (begun / "keys/june.key").write_text(json.dumps(keys | {"seed": "11" * 32}))
    answer(begun, "first")
    with pytest.raises(InputError, match="not made with the session's key"):
        seal(begun, "first")
    assert not (begun / "first.sealed").exists()
    assert (begun / "first.secret").exists()


def test_11_the_same_request_and_a_slightly_different_one_are_refused(begun: Path) -> None:
    ask(begun, "first")
    answer(begun, "first")
    with pytest.raises(RefusedError, match="answered already; use that answer"):
        answer(begun, "first")
    (begun / "first.secret").unlink()
    write_list(begun / "less_one.csv", PEOPLE[:23], 0)
    ask(begun, "first", "less_one")
    with pytest.raises(RefusedError, match="differs a little"):
        answer(begun, "first")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"side": "stranger"}, "not from a party"),
        ({"records": 19}, "fewer than the minimum of 20"),
        ({"records": 20, "elements": 257}, "256 keys were sent and 257 declared"),
    ],
)
def test_12_requests_outside_the_limits_are_refused(
    begun: Path, change: dict[str, Any], sentence: str
) -> None:
    ask(begun, "first")
    resigned(begun, change)
    with pytest.raises(RefusedError, match=sentence):
        answer(begun, "first")
    assert not (begun / "first.answer").exists()


def test_12_a_cap_and_twins_are_refused(tmp_path: Path) -> None:
    start(tmp_path)
    ask(tmp_path, "first")
    found = read_signed(tmp_path / "first.request", "request").blob("blinded")
    many = base64.b64encode(found * 20).decode()
    resigned(tmp_path, {"blinded": many, "elements": 20 * FILLED_TO, "records": 10_000})
    with pytest.raises(RefusedError, match="more than the cap of 4096"):
        answer(tmp_path, "first")
    resigned(tmp_path, {"blinded": many, "elements": 20 * FILLED_TO, "records": 24})
    with pytest.raises(RefusedError, match="more than"):
        answer(tmp_path, "first")
    twice = base64.b64encode(found[:32] + found[:-32]).decode()
    resigned(tmp_path, {"blinded": twice, "elements": FILLED_TO, "records": 24})
    with pytest.raises(RefusedError, match="twice"):
        answer(tmp_path, "first")


def test_12_nobody_asks_in_another_sides_name(begun: Path) -> None:
    """Whoever has the terms could otherwise ask first, and the true side would be refused."""
    ask(begun, "first")
    true_request = (begun / "first.request").read_bytes()
    body = read_signed(begun / "first.request", "request").body
    (begun / "first.request").write_bytes(signed("request", body, b"\x07" * 32))
    with pytest.raises(InputError, match="not signed by the side"):
        answer(begun, "first")
    (begun / "first.request").write_bytes(true_request)
    assert answer(begun, "first") == FILLED_TO
    session = read_session(begun / "keys/june.session")
    files = begun / "x.request", begun / "x.secret"
    with pytest.raises(RefusedError, match="not the key that the session names for first"):
        blind_list(
            session, "first", begun / "second.key", read(begun / "first.csv"), "", *files, quiet
        )
    assert not any(path.exists() for path in files)


def test_12_two_parties_with_one_key_are_refused(begun: Path) -> None:
    same = keys_of(begun, "first", "first")
    with pytest.raises(RefusedError, match="key of its own"):
        open_session(begun / "keys", "july", terms(begun, party_keys=same), "2026-01-01")


def test_12_the_same_few_people_again_and_again_are_refused(begun: Path) -> None:
    ask(begun, "first")
    resigned(begun, {"records": 2 * FILLED_TO + 1})
    with pytest.raises(RefusedError, match="the same people many times"):
        answer(begun, "first")
    (begun / "first.secret").unlink()
    write_list(begun / "copies.csv", PEOPLE[:1] * 60, 0)
    with pytest.raises(RefusedError, match="the same people many times"):
        ask(begun, "first", "copies")


def test_12_no_session_asks_for_a_smaller_minimum_than_20(begun: Path) -> None:
    with pytest.raises(RefusedError, match="single persons"):
        open_session(begun / "keys", "july", terms(begun, minimum_set=19), "2026-01-01")


def test_13_a_party_rests_unless_a_reason_is_logged(begun: Path) -> None:
    again = terms(begun, parties=("second", "third"), party_keys=keys_of(begun, "second", "third"))
    with pytest.raises(RefusedError, match="second took part in a session 10 days ago"):
        open_session(begun / "keys", "july", again, "2025-02-21")
    open_session(begun / "keys", "july", again, "2025-02-21", "a list was damaged")
    assert Log(begun / "keys/log.jsonl").lines()[-1]["again"] == "a list was damaged"
    later = terms(begun, parties=("first", "fourth"), party_keys=keys_of(begun, "first", "fourth"))
    assert REST_DAYS == 30
    open_session(begun / "keys", "march", later, "2025-03-13")


def test_14_a_changed_or_missing_line_is_found(copy_of: Any) -> None:
    folder = copy_of()
    log = Log(folder / "keys/log.jsonl")
    assert [line["event"] for line in log.lines()] == ["session", "evaluated", "evaluated"]
    first_answer = read_signed(folder / "first.answer", "answer")
    lines = log.path.read_text(encoding="utf-8").splitlines(keepends=True)
    log.path.write_text("".join(lines[:2]), encoding="utf-8")
    assert log.head() == first_answer.text("log_head")
    log.path.write_text(lines[0] + lines[2], encoding="utf-8")
    with pytest.raises(InputError, match="line 2 does not continue"):
        log.lines()
    log.path.write_text(lines[0].replace("first", "worst") + lines[1], encoding="utf-8")
    with pytest.raises(InputError, match="line 2 does not continue"):
        log.append(event="session")


def test_14_refusals_are_logged(begun: Path) -> None:
    ask(begun, "first")
    resigned(begun, {"side": "a stranger's words"})
    with pytest.raises(RefusedError):
        answer(begun, "first")
    last = Log(begun / "keys/log.jsonl").lines()[-1]
    assert (last["event"], last["side"]) == ("refused", "(not a party)")


def test_15_records_cannot_be_told_apart_by_length(world: World) -> None:
    from safepassage.adapters.sealed_count import ROW_BYTES, _open

    session = read_session(world / "keys/june.session")
    opened = _open(session, world / "first.sealed", world / "counter.key").content
    assert {sum(map(len, record.tokens)) for record in opened.records} == {SLOTS}
    assert ROW_BYTES == 1 + SLOTS * TOKEN_BYTES
    tokens = [token for record in opened.records for kind in record.tokens for token in kind]
    assert len(set(tokens)) == len(tokens)
    assert all(record.has_year and not record.has_father for record in opened.records)


def test_16_only_the_counter_opens_a_set(copy_of: Any) -> None:
    folder = copy_of()
    (folder / "counter.key").unlink()
    make_counter(folder / "counter.key")
    with pytest.raises(InputError, match="no sealed set for this counter"):
        count(folder)


def test_17_the_secret_is_the_owners_and_is_destroyed(world: World) -> None:
    mode = int((world / "first.mode").read_text())
    assert stat.S_IMODE(mode) == 0o600
    assert not (world / "first.secret").exists()
    session = read_session(world / "keys/june.session")
    with pytest.raises(InputError, match="never overwritten"):
        blind_list(
            session, "first", world / "first.key", world.first, "",
            world / "x.request", world / "first.kept", quiet,
        )  # fmt: skip


def test_18_another_list_places_or_software_are_refused(begun: Path) -> None:
    ask(begun, "first")
    answer(begun, "first")
    write_list(begun / "first.csv", PEOPLE[:23], 0)
    with pytest.raises(RefusedError, match="changed since it was blinded"):
        seal(begun, "first")
    session = read_session(begun / "keys/june.session")
    opened = read(begun / "second.csv")
    somewhere = Place("p1", "Суджа", PlaceKind.SETTLEMENT, 51.2, 35.3)
    files = begun / "s.request", begun / "s.secret"
    key = begun / "second.key"
    with pytest.raises(RefusedError, match="places are not those"):
        blind_list(session, "second", key, opened, places_digest([somewhere]), *files, quiet)
    with pytest.raises(RefusedError, match="versions may spell"):
        blind_list(replace(session, software="0"), "second", key, opened, "", *files, quiet)


def test_19_every_party_once_and_every_session_once(copy_of: Any) -> None:
    folder = copy_of()
    for sides in (("first",), ("first", "first"), ("first", "second", "second")):
        with pytest.raises(RefusedError, match="one each of first, second"):
            count(folder, *sides)
    count(folder)
    with pytest.raises(RefusedError, match="counted already"):
        count(folder)


def test_19_a_set_under_a_strangers_signature_is_refused(copy_of: Any) -> None:
    from safepassage.adapters.sealed_count import _decrypted
    from safepassage.adapters.sealed_side import encrypted

    folder = copy_of()
    session = read_session(folder / "keys/june.session")
    outer = json.loads(_decrypted(folder / "first.sealed", folder / "counter.key"))
    body = json.loads(base64.b64decode(outer["payload"]))
    forged = encrypted(signed("set", body, b"\x07" * 32), session.counter)
    (folder / "first.sealed").write_bytes(forged)
    with pytest.raises(InputError, match="not signed by first, whose set it is"):
        count(folder)


def record(*tokens: str, years: bool = True) -> SealedRecord:
    """Return a record whose kinds hold these tokens, one each; empty for none."""
    padded = (*tokens, *[""] * (len(KINDS) - len(tokens)))
    return SealedRecord(tuple((t.encode(),) if t else () for t in padded), years, False)


def person(name: str) -> SealedRecord:
    """Return a record that agrees with another of the same name in every kind."""
    return record(*[f"{name} {kind.name}" for kind in KINDS])


def test_20_what_a_pattern_is_worth_is_fixed_beforehand() -> None:
    """Names that agree without the year are evidence only where no year is known on one side."""
    both, neither = [
        [SealedList(side, (record("", "", "village", years=years),)) for side in ("a", "b")]
        for years in (True, False)
    ]
    assert histories(both, link_sealed(both)) == {(1, 0): 1, (0, 1): 1}
    assert histories(neither, link_sealed(neither)) == {(1, 1): 1}


def test_20_a_pattern_never_seen_is_worth_what_its_likeliest_part_is() -> None:
    every_kind, unseen = (2 ** len(KINDS) - 1, False, False), (4 | 32, False, False)
    assert unseen not in LEARNED
    assert log_odds(unseen, 500) == log_odds((4, False, False), 500)
    assert log_odds(every_kind, 500) == log_odds((4, False, False), 500)
    assert log_odds((4, False, False), 50_000) < JOIN_FROM < log_odds((4, False, False), 500)


def test_20_what_too_many_of_one_list_hold_is_no_evidence_whatever_others_hold() -> None:
    def overlap(copies: int) -> int:
        crowd = SealedList("first", (person("x"),) * copies)
        other = SealedList("second", (person("x"), *(person(f"y{n}") for n in range(60))))
        return histories([crowd, other], link_sealed([crowd, other]))[1, 1]

    assert [overlap(copies) for copies in (1, MOST_IN_LIST, MOST_IN_LIST + 1)] == [1, 1, 0]


def test_20_of_one_list_at_most_one_is_a_person() -> None:
    twins = SealedList("first", (record("a"), record("a")))
    other = SealedList("second", (record("a"),))
    found = link_sealed([twins, other])
    assert all(len({at >= 2 for at in cluster}) == len(cluster) for cluster in found.clusters)


def test_21_cells_and_nothing_else_leave_the_counter(copy_of: Any) -> None:
    folder = copy_of()
    before = set(files_of(folder))
    written = write_cells(count(folder), folder / "overlaps.txt")
    new = set(files_of(folder)) - before - set(written)
    assert {path.name for path in new} == {"counter.key.log"}
    assert (folder / "overlaps.txt").read_text() == "first,second,count\n1,1,12\n1,0,12\n0,1,12\n"


def test_22_noise_is_symmetric_and_has_the_stated_spread() -> None:
    chance = Random(5)
    drawn = [two_sided_geometric(0.5, chance) for _ in range(20_000)]
    assert abs(sum(drawn) / len(drawn)) < 0.1
    variance = sum(each**2 for each in drawn) / len(drawn)
    alpha = 2.718281828 ** (-0.5)
    assert variance == pytest.approx(2 * alpha / (1 - alpha) ** 2, rel=0.05)


@pytest.mark.parametrize("copies", [1, 16, 17, 18, 60])
def test_22_copies_of_a_stranger_do_not_tell_whether_she_is_on_the_other_list(copies: int) -> None:
    """An attack on the first version: the copies tipped a weight, and 150 links hung on it."""

    def overlap(present: bool) -> int:
        common = [person(f"common {n}") for n in range(150)]
        ours = [person(f"ours {n}") for n in range(150)]
        theirs = [person(f"theirs {n}") for n in range(150)]
        last = person("stranger" if present else "nobody known")
        first = SealedList("a", (*common, *ours, *[person("stranger")] * copies))
        second = SealedList("b", (*common, *theirs, last))
        return histories([first, second], link_sealed([first, second]))[1, 1]

    assert overlap(False) == 150
    assert overlap(True) == 150 + (copies <= MOST_IN_LIST)


def test_22_no_single_pair_decides_what_a_pattern_is_worth() -> None:
    """Forty made-up rows at the edge of being believed: one stranger decided about all of them."""

    def overlap(present: bool) -> int:
        wanted = [record("", "", "", "", f"known {n}") for n in range(40)]
        wanted.append(record("", "", "", "", "stranger"))
        pairs = [record("", "", "", "", f"made up {n // 2}") for n in range(88)]
        names = [f"known {n}" for n in range(40)] + (["stranger"] if present else ["other"])
        theirs = [record("", "", "", "", name) for name in names]
        rest = [SealedRecord(((),) * len(KINDS), True, False)] * 400
        lists = [SealedList("a", (*wanted, *pairs, *rest[:100])), SealedList("b", (*theirs, *rest))]
        return histories(lists, link_sealed(lists))[1, 1]

    assert overlap(True) - overlap(False) in (0, 1)


def test_22_the_proven_loss_is_epsilon_for_two_lists_and_more_for_more() -> None:
    """On paper: 3 * 2**(lists - 1) against the 4 that noise is made for."""
    assert [most_moves(lists) for lists in (2, 3, 6)] == [3, 12, 96]
    assert [own_moves(lists) for lists in (2, 3, 6)] == [3, 4, 4]
    assert [proven_loss(0.5, lists) for lists in (2, 3, 6)] == [0.5, 1.5, 12.0]


@pytest.mark.parametrize("epsilon", [0, -1, 2.1, float("inf"), float("nan")])
def test_22_no_session_has_too_little_noise(begun: Path, epsilon: float) -> None:
    """Exact cells and the length of one's own list give a held-back cell: 83 - 79 = 4."""
    assert MOST_EPSILON == 2
    with pytest.raises(RefusedError, match="does not protect"):
        open_session(begun / "keys", "july", terms(begun, epsilon=epsilon), "2026-01-01")
    with pytest.raises(RefusedError, match="does not protect"):
        cells_to_give(
            ["a", "b"], {(1, 1): 4, (1, 0): 79}, minimum=5, epsilon=epsilon, chance=Even()
        )
    session = replace(read_session(begun / "keys/june.session"), epsilon=epsilon)
    keys = json.loads((begun / "keys/june.key").read_text())
    write_session(begun / "slipped.session", session, bytes.fromhex(keys["signing"]))
    with pytest.raises(RefusedError, match="does not protect"):
        read_session(begun / "slipped.session")


def test_22_every_cell_carries_noise_also_an_empty_one() -> None:
    given = [
        cells_to_give(["a", "b"], {(1, 0): 90}, minimum=3, epsilon=1.0, chance=Random(seed))
        for seed in range(60)
    ]
    assert len({cells.cells[1].count for cells in given}) > 5
    assert any(cells.cells[0].shown is Shown.COUNT for cells in given)


def test_23_a_small_cell_takes_the_next_smallest_of_its_lists_with_it() -> None:
    """On paper: ab is 1, so a's length minus a-only would tell it; a-only and b-only go too."""
    counts: dict[tuple[int, ...], int] = {(1, 1): 1, (1, 0): 40, (0, 1): 60}
    given = cells_to_give(["a", "b"], counts, minimum=5, epsilon=1, chance=Even())
    assert [cell.shown for cell in given.cells] == [Shown.SMALL, Shown.COVER, Shown.COVER]
    assert [(cell.low, cell.high) for cell in given.cells] == [(0, 4), (40, 79), (40, 79)]


def test_24_what_is_held_back_is_shared_out_within_its_bounds() -> None:
    counts: dict[tuple[int, ...], int] = {
        (1, 1, 1): 2, (1, 1, 0): 3, (1, 0, 1): 1, (0, 1, 1): 4,
        (1, 0, 0): 50, (0, 1, 0): 60, (0, 0, 1): 70,
    }  # fmt: skip
    given = cells_to_give(["a", "b", "c"], counts, minimum=5, epsilon=1, chance=Even())
    held = [cell for cell in given.cells if cell.shown is not Shown.COUNT]
    assert given.held_back == sum(cell.count for cell in held) == 10
    assert all(cell.low <= cell.count <= cell.high for cell in given.cells)
    assert all(cell.low <= counts[cell.history] <= cell.high for cell in given.cells)


def test_24_the_tables_are_read_by_the_population_stage(copy_of: Any) -> None:
    from safepassage.adapters.capture_table import read_capture_table

    folder = copy_of()
    paths = write_cells(count(folder), folder / "overlaps.csv")
    assert [path.name for path in paths] == [
        "overlaps.csv",
        "overlaps-low.csv",
        "overlaps-high.csv",
    ]
    assert [read_capture_table(path).table.observed for path in paths] == [36, 36, 36]
