"""The stock of names: forms, frequencies, and no table row that makes a silly name."""

from __future__ import annotations

import pytest

from safepassage.core.register.types import Sex
from safepassage.exercises.dice import Dice
from safepassage.exercises.names import STOCKS, feminine, feminine_ukrainian, load_stock


@pytest.mark.parametrize(
    ("his", "hers"),
    [
        ("Ковалёв", "Ковалёва"),
        ("Никитин", "Никитина"),
        ("Заболоцкий", "Заболоцкая"),
        ("Бережной", "Бережная"),
        ("Черных", "Черных"),
        ("Мельник", "Мельник"),
        ("Шевченко", "Шевченко"),
    ],
)
def test_a_womans_surname(his: str, hers: str) -> None:
    assert feminine(his) == hers


@pytest.mark.parametrize(
    ("his", "hers"),
    [("Ковальов", "Ковальова"), ("Нікітін", "Нікітіна"), ("Заболоцький", "Заболоцька")],
)
def test_a_womans_surname_in_ukrainian(his: str, hers: str) -> None:
    assert feminine_ukrainian(his) == hers


@pytest.mark.parametrize("stock", STOCKS)
def test_every_mans_name_makes_four_patronymics_of_the_right_form(stock: str) -> None:
    for name in load_stock(stock).male:
        his, hers, his_ukrainian, hers_ukrainian = name.patronymics
        assert his.endswith("ич")
        assert hers.endswith("на")
        assert his_ukrainian.endswith(("ович", "йович", "ич", "іч"))
        assert hers_ukrainian.endswith("на")


@pytest.mark.parametrize("stock", STOCKS)
def test_names_stay_in_their_own_alphabet(stock: str) -> None:
    names = load_stock(stock)
    for name in (*names.male, *names.female):
        assert not set("іїєґ'") & set(name.russian.lower())
        assert not set("ыэъё") & set(name.ukrainian.lower())
        assert name.diminutives
        assert max(name.weights) > 0
    for surname in names.surnames:
        assert not set("ыэъё") & set(surname.ukrainian.lower())
        assert surname.in_russian(Sex.MALE) == surname.russian


def test_a_stock_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'real' is no name stock; there are demo, benchmark"):
        load_stock("real")


def test_given_names_follow_the_era() -> None:
    stock, dice = load_stock("demo"), Dice(1)
    drawn = {stock.given(Sex.MALE, 2015, dice).russian for _ in range(300)}
    assert "Анатолий" not in drawn
    assert "Артём" in drawn
