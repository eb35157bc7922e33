"""The romanisations in use for Russian, Ukrainian and Belarusian names, as data.

One table a standard and language. A line is ``where: letters=latin …``; *where* is ``any``; ``start``
(of the word); ``soft`` (at the start or after a vowel, й, ў, an apostrophe or a sign); ``vowels``
(between two vowels); ``end`` (of the word). The longest letters go first, then the narrower *where*.
``|`` parts what a clerk may write instead: the first is written, all are read. Written down from the
standards themselves, named beside each table; to add one, add a row to TABLES.
"""

# ruff: noqa: E501 - a table reads best with one context a line

from __future__ import annotations

_CONSONANTS = "б=b в=v д=d з=z к=k л=l м=m н=n п=p р=r с=s т=t ф=f"
_ENGLISH = f"{_CONSONANTS} ж=zh х=kh ц=ts ч=ch ш=sh щ=shch"
_CZECH = f"{_CONSONANTS} ж=ž ц=c ч=č ш=š"

TABLES: tuple[tuple[str, str, str, str], ...] = (
    (
        "icao-9303", "ru", "ICAO Doc 9303 part 3 (8th ed. 2021) section 6 B; Russian passports since 2014",
        f"any: {_ENGLISH} а=a г=g е=e ё=e и=i й=i о=o у=u ъ=ie ы=y ь= э=e ю=iu я=ia",
    ),
    (
        "icao-9303", "uk", "ICAO Doc 9303 part 3 (8th ed. 2021) section 6 B",
        f"any: {_ENGLISH} а=a г=h ґ=g е=e є=ie и=y і=i ї=i й=i о=o у=u ь= '= ю=iu я=ia",
    ),
    (
        "icao-9303", "be", "ICAO Doc 9303 part 3 (8th ed. 2021) section 6 B; Belarusian passports",
        f"any: {_ENGLISH} а=a г=h е=e ё=io і=i й=i о=o у=u ў=u ы=y ь= э=e ю=iu я=ia '=",
    ),
    (
        "ukraine-2010", "uk", "Cabinet of Ministers of Ukraine, resolution 55 of 27 January 2010",
        (f"any: {_ENGLISH} зг=zgh а=a г=h ґ=g е=e є=ie и=y і=i ї=i й=i о=o у=u ь= '= ю=iu я=ia\n"
        "start: є=ye ї=yi й=y ю=yu я=ya"),
    ),
    (
        "gost-7.79-a", "ru", "GOST 7.79-2000 system A (ISO 9:1995)",
        f"any: {_CZECH} а=a г=g е=e ё=ë и=i й=j о=o у=u х=h щ=ŝ ъ=ʺ ы=y ь=ʹ э=è ю=û я=â",
    ),
    (
        "gost-7.79-a", "uk", "GOST 7.79-2000 system A (ISO 9:1995)",
        f"any: {_CZECH} а=a г=g ґ=g̀ е=e є=ê и=i і=ì ї=ï й=j о=o у=u х=h щ=ŝ ь=ʹ '=’ ю=û я=â",
    ),
    (
        "gost-7.79-a", "be", "GOST 7.79-2000 system A (ISO 9:1995)",
        f"any: {_CZECH} а=a г=g е=e ё=ë і=ì й=j о=o у=u ў=ŭ х=h ы=y ь=ʹ э=è ю=û я=â '=’",
    ),
    (
        "gost-7.79-b", "ru", "GOST 7.79-2000 system B",
        (f"any: {_CONSONANTS} а=a г=g е=e ё=yo ж=zh и=i й=j о=o у=u х=x ц=cz|c ч=ch ш=sh щ=shh ъ=`` ы=y` ь=` э=e` ю=yu я=ya "
        "це=ce ци=ci цй=cj цы=cy`"),
    ),
    (
        "gost-7.79-b", "uk", "GOST 7.79-2000 system B",
        (f"any: {_CONSONANTS} а=a г=g ґ=g` е=e є=ye ж=zh и=y` і=i ї=yi й=j о=o у=u х=x ц=cz|c ч=ch ш=sh щ=shh ь=` '=' ю=yu я=ya "
        "це=ce ци=cy` ці=ci цй=cj"),
    ),
    (
        "gost-r-52535.1", "ru", "GOST R 52535.1-2006 annex A; Russian passports 2010 to 2013",
        f"any: {_CONSONANTS} а=a г=g е=e ё=e ж=zh и=i й=i о=o у=u х=kh ц=tc ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=iu я=ia",
    ),
    (
        "gost-16876", "ru", "GOST 16876-71 table 1",
        f"any: {_CZECH} а=a г=g е=e ё=ë и=i й=j о=o у=u х=h щ=šč|ŝ ъ=ʺ ы=y ь=ʹ э=è|ė ю=ju|û я=ja|â",
    ),
    (
        "gost-16876-digraphs", "ru", "GOST 16876-71 table 2",
        f"any: {_CONSONANTS} а=a г=g е=e ё=jo ж=zh и=i й=jj о=o у=u х=kh ц=c ч=ch ш=sh щ=shh ъ=ʺ ы=y ь=ʹ э=eh ю=ju|yu я=ja|ya",
    ),
    (
        "bgn-pcgn", "ru", "BGN/PCGN 1947 system for Russian",
        (f"any: {_ENGLISH} а=a г=g е=e ё=ë и=i й=y о=o у=u ъ=” ы=y ь=’ э=e ю=yu я=ya\n"
        "soft: е=ye ё=yë"),
    ),
    (
        "bgn-pcgn", "uk", "BGN/PCGN 2019 agreement for Ukrainian (the national system of 2010)",
        (f"any: {_ENGLISH} зг=zgh а=a г=h ґ=g е=e є=ie и=y і=i ї=i й=i о=o у=u ь= '= ю=iu я=ia\n"
        "start: є=ye ї=yi й=y ю=yu я=ya"),
    ),
    (
        "bgn-pcgn-1965", "uk", "BGN/PCGN 1965 system for Ukrainian",
        f"any: {_ENGLISH} а=a г=h ґ=g е=e є=ye и=y і=i ї=yi й=y о=o у=u ь=’ '=” ю=yu я=ya",
    ),
    (
        "bgn-pcgn", "be", "BGN/PCGN 1979 system for Belarusian",
        f"any: {_ENGLISH} а=a г=h е=ye ё=yo і=i й=y о=o у=u ў=w ы=y ь=’ э=e ю=yu я=ya '=”",
    ),
    (
        "scholarly", "ru", "the scholarly system (DIN 1460, Slavic studies)",
        f"any: {_CZECH} а=a г=g е=e ё=ë и=i й=j о=o у=u х=x|ch щ=šč ъ=ʺ ы=y ь=ʹ э=è|ė ю=ju я=ja",
    ),
    (
        "scholarly", "uk", "the scholarly system (DIN 1460, Slavic studies)",
        f"any: {_CZECH} а=a г=h ґ=g е=e є=je и=y і=i ї=ï|ji й=j о=o у=u х=x|ch щ=šč ь=ʹ '= ю=ju я=ja",
    ),
    (
        "scholarly", "be", "the scholarly system (DIN 1460, Slavic studies)",
        f"any: {_CZECH} а=a г=h е=e ё=ë і=i й=j о=o у=u ў=ŭ|w х=x|ch ы=y ь=ʹ э=è|ė ю=ju я=ja '=",
    ),
    (
        "passport-1997", "ru", "Russian Ministry of the Interior, order 310 of 26 May 1997; passports to 2010",
        (f"any: {_ENGLISH} а=a г=g е=e ё=e и=i й=y о=o у=u ъ= ы=y ь= ье=ye ьё=ye э=e ю=yu я=ya\n"
        "end: ий=iy|y ый=yy|y"),
    ),
    (
        "french", "ru", "Soviet and early Russian passports, French spelling (in use to 1997)",
        (f"any: {_CONSONANTS} а=a г=g ге=gue ги=gui е=e ё=e ж=j и=i й=i о=o у=ou х=kh ц=ts ч=tch ш=ch щ=chtch ъ= ы=y ь= ье=ie кс=x э=e ю=iou я=ia\n"
        "vowels: с=ss\nend: ин=ine"),
    ),
    (
        "french", "uk", "French spelling of Ukrainian names in old passports",
        f"any: {_CONSONANTS} а=a г=h ґ=g е=e є=ie ж=j и=y і=i ї=ï й=y|ï о=o у=ou х=kh ц=ts ч=tch ш=ch щ=chtch ь= '= ю=iou я=ia",
    ),
    (
        "german", "ru", "German spelling (Duden), old passports",
        ("any: б=b в=w д=d з=s к=k л=l м=m н=n п=p р=r с=s т=t ф=f а=a г=g е=e ё=jo ж=sh|sch и=i й=i|j о=o у=u х=ch ц=z ч=tsch ш=sch щ=schtsch ъ= ы=y ь= э=e ю=ju я=ja\n"
        "soft: е=je"),
    ),
    (
        "german", "uk", "German spelling (Duden), old passports",
        "any: б=b в=w д=d з=s к=k л=l м=m н=n п=p р=r с=s т=t ф=f а=a г=h ґ=g е=e є=je ж=sh|sch и=y і=i ї=ji й=j о=o у=u х=ch ц=z ч=tsch ш=sch щ=schtsch ь= '= ю=ju я=ja",
    ),
    (
        "chat", "ru", "what people type without Cyrillic keys; no standard",
        "any: б=b в=v|w д=d з=z к=k|c л=l м=m н=n п=p р=r с=s т=t ф=f а=a г=g е=e|ye|je ё=yo|e|jo ж=zh|j|z и=i й=y|i|j о=o у=u|oo х=h|kh|x ц=c|ts|tz ч=ch|4|tch ш=sh|6|w щ=sch|shch|sh|w ъ= ы=y|i ь=|' э=e ю=yu|u|ju|iu я=ya|ia|ja|a кс=ks|x",
    ),
    (
        "chat", "uk", "what people type without Cyrillic keys; no standard",
        "any: б=b в=v|w д=d з=z к=k|c л=l м=m н=n п=p р=r с=s т=t ф=f а=a г=h|g ґ=g е=e є=ye|ie|je|e ж=zh|j|z и=y|i і=i ї=yi|i|ji й=y|i|j о=o у=u|oo х=h|kh|x ц=c|ts|tz ч=ch|4|tch ш=sh|6|w щ=sch|shch|sh|w ь=|' '= ю=yu|iu|ju|u я=ya|ia|ja|a",
    ),
)  # fmt: skip
"""Standard, language (ISO 639-1), where it is laid down, table."""
