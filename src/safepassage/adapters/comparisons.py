"""At which level two records agree, as the engine's SQL; levels as in ``model.MODEL``."""

from __future__ import annotations

_TYPING_ERROR = (
    "(damerau_levenshtein({0}_l, {0}_r) <= 1 and least(length({0}_l), length({0}_r)) >= 4)"
    " or jaro_winkler_similarity({0}_l, {0}_r) >= 0.9"
)
_BOTH_DAYS = "day_l is not null and day_r is not null"
_SLIP = (
    f"{_BOTH_DAYS} and ("
    "(year_l = year_r and (day_l = day_r or month_l = month_r"
    " or (day_l = month_r and month_l = day_r)))"
    " or (day_l = day_r and month_l = month_r and abs(year_l - year_r) in (1, 2, 3, 10, 20, 100)))"
)
_OVERLAP = "born_first_l <= born_last_r and born_first_r <= born_last_l"
_GAP = "greatest(born_first_l - born_last_r, born_first_r - born_last_l)"
CONDITIONS: dict[str, tuple[str, ...]] = {
    "surname": (
        "surname_l is null or surname_r is null",
        "surname_l = surname_r",
        "list_has_any(surname_keys_l, surname_keys_r)",
        _TYPING_ERROR.format("surname"),
    ),
    "given name": (
        "given_initial_l is null or given_initial_r is null",
        "given_l = given_r",
        "list_has_any(given_set_l, given_set_r)",
        "(given_l is null or given_r is null) and list_has_any(given_initial_l, given_initial_r)",
        "given_l is null or given_r is null",
        _TYPING_ERROR.format("given_key"),
    ),
    "patronymic": (
        "father_initial_l is null or father_initial_r is null",
        "list_has_any(father_set_l, father_set_r)",
        "(father_l is null or father_r is null)"  # noqa: ISC004 - one condition on two lines
        " and list_has_any(father_initial_l, father_initial_r)",
        "father_l is null or father_r is null",
        _TYPING_ERROR.format("father"),
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
        f"{_BOTH_DAYS} and {_GAP} <= 1827",
        _BOTH_DAYS,
        _OVERLAP,
        f"{_GAP} <= 731",
        f"{_GAP} <= 1827",
    ),
    "place of stay": (
        "stay_l is null or stay_r is null",
        "stay_l = stay_r",
        "stay_l = birth_place_r or birth_place_l = stay_r",
    ),
    "place of birth": (
        "birth_place_l is null or birth_place_r is null",
        "birth_place_l = birth_place_r",
    ),
    "phone": (
        "phone_l is null or phone_r is null",
        "phone_l = phone_r",
        "damerau_levenshtein(phone_l, phone_r) = 1",
    ),
}
"""For each field of the model: when it is missing, then the condition of each level but the
last."""
