"""Georgian."""

from __future__ import annotations

from safepassage.core.register.alphabets.table import Script

SCRIPT = Script(
    name="georgian",
    first="\u10a0",
    last="\u10ff",
    letters={
        "ა": "a", "ბ": "b", "გ": "g", "დ": "d", "ე": "e", "ვ": "v", "ზ": "z", "თ": "t", "ი": "i",
        "კ": "k", "ლ": "l", "მ": "m", "ნ": "n", "ო": "o", "პ": "p", "ჟ": "Z", "რ": "r", "ს": "s",
        "ტ": "t", "უ": "u", "ფ": "p", "ქ": "k", "ღ": "g", "ყ": "k", "შ": "S", "ჩ": "C", "ც": "c",
        "ძ": "dz", "წ": "c", "ჭ": "C", "ხ": "g", "ჯ": "dZ", "ჰ": "g",
    },
)  # fmt: skip
