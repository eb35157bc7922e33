"""Latin: what the romanisations of Slavic names are read back from.

Sources of the romanisations: ``romanisation_tables.py``, and Polish, Czech and Baltic spellings.
"""

from __future__ import annotations

from safepassage.core.register.alphabets.table import Script

SCRIPT = Script(
    name="latin",
    first="a",
    last="ʯ",
    letters={
        "š": "S", "ŝ": "S", "ž": "Z", "č": "C", "ć": "C", "ś": "S", "ź": "z", "ż": "Z", "ł": "l",
        "û": "ju", "â": "ja", "ê": "je", "ß": "s", "ø": "o", "đ": "d", "ı": "i", "æ": "e",
        "œ": "e", "ş": "S", "ğ": "g", "ə": "a", "ț": "c", "ţ": "c", "ș": "S", "ä": "e",
        "y": "i", "w": "v", "h": "g", "q": "k", "x": "ks",
    },
    groups=(
        ("schtsch", "S"), ("chtch", "S"), ("shch", "S"), ("szcz", "S"), ("stch", "S"),
        ("šč", "S"), ("shh", "S"), ("tsch", "C"), ("dsch", "dZ"), ("tch", "C"), ("sch", "S"),
        ("dzh", "dZ"),
        ("sh", "S"), ("sz", "S"), ("zh", "Z"), ("kh", "g"), ("ch", "C"), ("cz", "C"), ("ck", "k"),
        ("ts", "c"), ("tz", "c"), ("tc", "c"), ("ph", "f"), ("th", "t"), ("qu", "kv"),
        ("gh", "g"), ("ou", "u"), ("oo", "u"), ("gui", "gi"), ("gue", "ge"), ("iou", "ju"),
        ("you", "ju"), ("sc", "S"), ("ff", "v"), ("jj", "j"),
        ("ca", "ka"), ("co", "ko"), ("cu", "ku"), ("cl", "kl"), ("cr", "kr"), ("ct", "kt"),
    ),
    respellings=(
        (("x", "kh"), ("cz", "ts")),  # GOST 7.79 B
        (("x", "kh"), ("c(?!h)", "ts")),  # scholarly; Polish c
        (("(?<![ts])ch", "kh"), ("c(?!h)", "ts")),  # scholarly
        (("(?<![tsh])ch(?!tch)", "sh"), ("(?<!d)j", "zh"), ("(?<=i)ne$", "n")),  # French
        (("dj", "dzh"), ("(?<![tsh])ch(?!tch)", "sh")),
        (("j(?=[aeiouy])", "zh"),),
        (("z(?!h)", "ts"),),  # German
        (
            ("(?<![tsc])sh", "zh"), ("(?<![tsh])ch", "kh"), ("z(?!h)", "ts"),
            ("(?<![tz])s(?=[aeiouyj]|[bdgmnwvrl])", "z"), ("tsch", "tch"),
        ),  # German Busowskaja, Bereshnoj
        (("(?<![tsh])ch", "kh"), ("z(?!h)", "ts")),  # German Michalzow
        (("(?<=[aeiouy])s(?=[aeiouyj])", "z"),),  # German Kosatschenko
        (("c(?!h)", "k"),),
        (("eh(?![aeiouy])", "e"), ("jj", "j")),  # GOST 16876 table 2
        (("dz(?=[ieyj])|^dz(?=m)", "d"),),  # Belarusian
        (("(?<=.)rz", "zh"), ("w", "v")),  # Polish
    ),
)  # fmt: skip
