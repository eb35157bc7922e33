"""Romanisation: each standard's own examples forward, and every reading back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.core.register.romanise import readings, romanisations, romanise

RESOLUTION_55 = """
Алушта Alushta, Андрій Andrii, Борщагівка Borshchahivka, Борисенко Borysenko,
Вінниця Vinnytsia, Володимир Volodymyr, Гадяч Hadiach, Богдан Bohdan, Згурський Zghurskyi,
Ґалаґан Galagan, Ґорґани Gorgany, Донецьк Donetsk, Дмитро Dmytro, Рівне Rivne, Олег Oleh,
Есмань Esman, Єнакієве Yenakiieve, Гаєвич Haievych, Короп'є Koropie, Житомир Zhytomyr,
Жанна Zhanna, Жежелів Zhezheliv, Закарпаття Zakarpattia, Казимирчук Kazymyrchuk,
Медвин Medvyn, Михайленко Mykhailenko, Іванків Ivankiv, Іващенко Ivashchenko,
Їжакевич Yizhakevych, Кадиївка Kadyivka, Мар'їне Marine, Йосипівка Yosypivka, Стрий Stryi,
Олексій Oleksii, Київ Kyiv, Коваленко Kovalenko, Лебедин Lebedyn, Леонід Leonid,
Миколаїв Mykolaiv, Маринич Marynych, Ніжин Nizhyn, Наталія Nataliia, Одеса Odesa,
Онищенко Onyshchenko, Полтава Poltava, Петро Petro, Решетилівка Reshetylivka,
Рибчинський Rybchynskyi, Суми Sumy, Соломія Solomiia, Тернопіль Ternopil, Троць Trots,
Ужгород Uzhhorod, Уляна Uliana, Фастів Fastiv, Філіпчук Filipchuk, Харків Kharkiv,
Христина Khrystyna, Біла Bila, Церква Tserkva, Стеценко Stetsenko, Чернівці Chernivtsi,
Шевченко Shevchenko, Шостка Shostka, Кишеньки Kyshenky, Щербухи Shcherbukhy, Гоща Hoshcha,
Гаращенко Harashchenko, Юрій Yurii, Корюківка Koriukivka, Яготин Yahotyn,
Ярошенко Yaroshenko, Костянтин Kostiantyn, Знам'янка Znamianka, Феодосія Feodosiia,
Згорани Zghorany, Розгон Rozghon
"""
"""The examples that the resolution prints, as Cyrillic and Latin."""


@pytest.mark.parametrize("example", RESOLUTION_55.split(","))
def test_the_examples_of_the_ukrainian_resolution(example):
    cyrillic, latin = example.split()
    assert romanise(cyrillic, "ukraine-2010", "uk") == latin


@pytest.mark.parametrize(
    ("standard", "language", "cyrillic", "latin"),
    [
        ("icao-9303", "ru", "ЩЕРБАКОВА ЮЛИЯ", "SHCHERBAKOVA IULIIA"),
        ("icao-9303", "ru", "Подъячев", "Podieiachev"),
        ("icao-9303", "uk", "Юлія Згурська", "Iuliia Zhurska"),
        ("icao-9303", "be", "Кавалёў", "Kavaliou"),
        ("gost-7.79-a", "ru", "Юлия, съешь ещё", "Ûliâ, sʺešʹ eŝë"),
        ("gost-7.79-a", "uk", "Їжакевич", "Ïžakevič"),
        ("gost-7.79-b", "ru", "Цыганков Щукин", "Cy`gankov Shhukin"),
        ("gost-7.79-b", "ru", "Харцызов", "Xarcy`zov"),
        ("gost-r-52535.1", "ru", "Цветков Юрий", "Tcvetkov Iurii"),
        ("gost-16876", "ru", "Щукин", "Ščukin"),
        ("gost-16876-digraphs", "ru", "Эдуард Щукин Майоров", "Ehduard Shhukin Majjorov"),
        ("bgn-pcgn", "ru", "Юрьев Ельцин", "Yur’yev Yel’tsin"),
        ("bgn-pcgn", "ru", "Озёрный Чапаевск", "Ozërnyy Chapayevsk"),
        ("bgn-pcgn", "uk", "Єнакієве", "Yenakiieve"),
        ("bgn-pcgn-1965", "uk", "Єнакієве", "Yenakiyeve"),
        ("bgn-pcgn", "be", "Быкаў", "Bykaw"),
        ("scholarly", "ru", "Чехов Хрущёв", "Čexov Xruščëv"),
        ("scholarly", "uk", "Грищенко", "Hryščenko"),
        ("scholarly", "be", "Быкаў", "Bykaŭ"),
        ("passport-1997", "ru", "Юлия Васильева", "Yuliya Vasilyeva"),
        ("passport-1997", "ru", "Андрей", "Andrey"),
        ("french", "ru", "Юрий Васин Оксана Снегирёва", "Iourii Vassine Oxana Sneguireva"),
        ("french", "uk", "Ющенко", "Iouchtchenko"),
        ("german", "ru", "Ельцин Хрущёв", "Jelzin Chruschtschjow"),
        ("german", "uk", "Ющенко", "Juschtschenko"),
        ("chat", "ru", "Женя Чехов", "Zhenya Chehov"),
    ],
)
def test_examples_of_each_standard(standard, language, cyrillic, latin):
    assert romanise(cyrillic, standard, language) == latin


def test_every_standard_is_shown_by_an_example_and_names_its_source():
    assert len(romanisations()) == len({(r.standard, r.language) for r in romanisations()})
    assert all(each.source for each in romanisations())


LETTERS = {"ru": "абвгдежзийклмнопрстуфхцчшщыэюя", "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщюя",
           "be": "абвгдежзійклмнопрстуўфхцчшыэюя"}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_a_standard_writes_can_be_read_back(data):
    table = data.draw(st.sampled_from(romanisations()))
    word = data.draw(st.text(LETTERS[table.language], min_size=1, max_size=6))
    latin = romanise(word, table.standard, table.language)
    found = readings(latin, table.language, limit=1_000_000)
    assert any(each.word == word and table.standard in each.standards for each in found), latin


def test_readings_keep_the_case_and_put_the_plain_spelling_first():
    assert readings("KHARCHENKO", "ru")[0].word == "ХАРЧЕНКО"
    assert readings("Juschtschenko", "uk")[0].word == "Ющенко"
    assert "Цветков" in {each.word for each in readings("Tcvetkov", "ru")}
