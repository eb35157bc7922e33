"""What the engine compares: its columns, and the SQL of each level of ``model.MODEL``.

The conditions are plain SQL of DuckDB; the functions used (``list_has_any``,
``damerau_levenshtein``, ``jaro_winkler_similarity``) are those that other engines have under names
of their own.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from safepassage.core.register.comparable import Comparable
from safepassage.core.register.model import CLOSE_PLACES_KM

SCALARS = (
    "list_id", "surname", "surname_here", "given", "given_key", "given_sound", "father",
    "father_sound", "sex", "stay", "birth_place", "phone", "email", "email_user", "date",
    "address",
)  # fmt: skip
ARRAYS = (
    "surname_keys", "given_set", "given_as_surname", "given_initial", "father_set",
    "father_initial", "years", "years_turned", "documents", "relatives", "around",
)  # fmt: skip
NUMBERS = (
    "born_first", "born_last", "year", "month", "day", "house_size",
    "stay_x", "stay_y", "stay_z", "birth_x", "birth_y", "birth_z",
)  # fmt: skip
_WIDE_BIRTH_DAYS = 1500
_NOWHERE = (None, None, None)


def engine_row(record: Comparable) -> tuple[Any, ...]:
    """Return the values of one record in the order of SCALARS, ARRAYS, NUMBERS; None: unknown."""
    name = record.name
    scalars = (
        record.list_id, name.surname, f"{name.surname}|{record.stay}" * bool(name.surname),
        "|".join(name.given_set), name.given, record.given_sound,
        "|".join(name.father), record.father_sound,
        "" if record.sex.value == "unknown" else record.sex.value, record.stay,
        record.birth_place, record.phone, record.email, record.email_user,
        _date(record.birth), record.address,
    )  # fmt: skip
    arrays = (
        name.surname_keys, name.given_set, record.given_as_surname, name.given_initial, name.father,
        name.patronymic_initial, record.years, record.years_turned, record.documents,
        record.relatives, record.around,
    )  # fmt: skip
    return (
        *(value or None for value in scalars),
        *(list(value) or None for value in arrays),
        *_birth_numbers(record.birth),
        record.house_size or None,
        *(record.stay_point or _NOWHERE),
        *(record.birth_point or _NOWHERE),
    )


def _date(birth: tuple[int, int] | None) -> str:
    """Return the date of birth as it is written, where the day is known."""
    known = birth is not None and birth[0] == birth[1]
    return date.fromordinal(birth[0]).isoformat() if birth and known else ""


def _birth_numbers(birth: tuple[int, int] | None) -> tuple[int | None, ...]:
    if birth is None or birth[1] - birth[0] > _WIDE_BIRTH_DAYS:
        return (None,) * 5
    day = date.fromordinal(birth[0])
    exact = (day.year, day.month, day.day) if birth[0] == birth[1] else (None, None, None)
    return (*birth, *exact)


def _near(column: str) -> str:
    """One letter wrong, or so alike that a few are."""
    left, right = f"{column}_l", f"{column}_r"
    return (
        f"(damerau_levenshtein({left}, {right}) <= 1"
        f" and least(length({left}), length({right})) >= 4)"
        f" or jaro_winkler_similarity({left}, {right}) >= 0.92"
    )


def _far(column: str) -> str:
    """Two letters wrong in a longer word, or one in a short one."""
    left, right = f"{column}_l", f"{column}_r"
    return (
        f"(damerau_levenshtein({left}, {right}) <= 2"
        f" and least(length({left}), length({right})) >= 5)"
        f" or (damerau_levenshtein({left}, {right}) <= 1"
        f" and least(length({left}), length({right})) >= 3)"
        f" or jaro_winkler_similarity({left}, {right}) >= 0.85"
    )


def _own_places_near(column: str) -> str:
    """Two places that no gazetteer knows are spelled nearly alike."""
    return f"{column}_l like '~%' and {column}_r like '~%' and ({_near(column)})"


def _close(point: str) -> str:
    """Two places whose positions are known are neighbours."""
    squares = (f"power({point}_{axis}_l - {point}_{axis}_r, 2)" for axis in "xyz")
    return f"{' + '.join(squares)} <= {(CLOSE_PLACES_KM * 1000) ** 2}"


_BOTH_DAYS = "day_l is not null and day_r is not null"
_SLIP = (
    f"{_BOTH_DAYS} and ("
    "(year_l = year_r and (day_l = day_r or month_l = month_r"
    " or (day_l = month_r and month_l = day_r)))"
    " or (day_l = day_r and month_l = month_r"
    " and (abs(year_l - year_r) in (1, 2, 3, 10, 20, 100)"
    " or list_has_any(years_turned_l, years_r))))"
)
_OVERLAP = "born_first_l <= born_last_r and born_first_r <= born_last_l"
_GAP = "greatest(born_first_l - born_last_r, born_first_r - born_last_l)"
_TURNED = "coalesce(list_has_any(years_turned_l, years_r), false)"
_WOMEN = "coalesce(sex_l = 'female' and sex_r = 'female', false)"
_CROSSED = "coalesce(list_has_any(surname_keys_l, given_as_surname_r), false)"
_CROSSED_BACK = "coalesce(list_has_any(given_as_surname_l, surname_keys_r), false)"
_SURNAME = (
    "surname_l = surname_r",
    "list_has_any(surname_keys_l, surname_keys_r)",
    f"{_CROSSED} or {_CROSSED_BACK}",
    _near("surname"),
    _far("surname"),
)

CONDITIONS: dict[str, tuple[str, ...]] = {
    "surname": (
        "surname_l is null or surname_r is null",
        *(f"{_WOMEN} and ({condition})" for condition in (*_SURNAME, "true")),
        *_SURNAME,
    ),
    "given name": (
        "given_initial_l is null or given_initial_r is null",
        "given_l = given_r",
        "list_has_any(given_set_l, given_set_r)",
        "(given_l is null or given_r is null) and list_has_any(given_initial_l, given_initial_r)",
        "given_l is null or given_r is null",
        f"{_CROSSED} and {_CROSSED_BACK}",
        f"{_near('given_key')} or {_near('given_sound')}",
        f"{_far('given_key')} or {_far('given_sound')}",
    ),
    "patronymic": (
        "father_initial_l is null or father_initial_r is null",
        "list_has_any(father_set_l, father_set_r)",
        "(father_l is null or father_r is null)"  # noqa: ISC004 - one condition on two lines
        " and list_has_any(father_initial_l, father_initial_r)",
        "father_l is null or father_r is null",
        _near("father_sound"),
    ),
    "sex": (
        "sex_l is null or sex_r is null"  # noqa: ISC004 - one condition on two lines
        " or (sex_l = sex_r and coalesce(list_has_any(given_set_l, given_set_r), false))",
        "sex_l = sex_r",
    ),
    "birth": (
        "born_first_l is null or born_first_r is null",
        "day_l = day_r and month_l = month_r and year_l = year_r",
        _SLIP,
        f"{_BOTH_DAYS} and damerau_levenshtein(date_l, date_r) <= 2",
        f"{_BOTH_DAYS} and {_GAP} <= 366",
        f"{_BOTH_DAYS} and {_GAP} <= 3703",
        _BOTH_DAYS,
        _OVERLAP,
        f"{_GAP} <= 366",
        f"{_GAP} <= 1096",
        _TURNED,
        f"{_GAP} <= 2557",
    ),
    "place of stay": (
        "stay_l is null or stay_r is null",
        "stay_l = stay_r",
        _own_places_near("stay"),
        "stay_l = birth_place_r or birth_place_l = stay_r",
        _close("stay"),
    ),
    "place of birth": (
        "birth_place_l is null or birth_place_r is null",
        "birth_place_l = birth_place_r",
        _own_places_near("birth_place"),
        _close("birth"),
    ),
    "address": (
        "address_l is null or address_r is null",
        "address_l = address_r",
        _near("address"),
        "jaro_winkler_similarity(address_l, address_r) >= 0.85",
    ),
    "phone": (
        "phone_l is null or phone_r is null",
        "phone_l = phone_r",
        "damerau_levenshtein(phone_l, phone_r) = 1",
    ),
    "e-mail": (
        "email_l is null or email_r is null",
        "email_l = email_r",
        "email_user_l = email_user_r",
        "damerau_levenshtein(email_l, email_r) <= 2"  # noqa: ISC004 - one condition on two lines
        " or jaro_winkler_similarity(email_user_l, email_user_r) >= 0.88",
    ),
    "document": (
        "documents_l is null or documents_r is null",
        "list_has_any(documents_l, documents_r)",
    ),
    "household": (
        "house_size_l is null or house_size_r is null or household_l = household_r",
        "house_size_l = 1 and house_size_r = 1",
        "house_size_l > 1 and house_size_r > 1",
    ),
    "relatives": (
        "(relatives_l is null or around_r is null) and (around_l is null or relatives_r is null)",
        "coalesce(list_has_any(relatives_l, around_r), false)"  # noqa: ISC004 - as above
        " or coalesce(list_has_any(around_l, relatives_r), false)",
    ),
}
"""For each field of the model: when it is missing, then the condition of each level but the
last."""
