"""Armenian, in the eastern pronunciation."""

from __future__ import annotations

from safepassage.core.register.alphabets.table import Script

SCRIPT = Script(
    name="armenian",
    first="\u0530",
    last="\u058f",
    letters={
        "ա": "a", "բ": "b", "գ": "g", "դ": "d", "ե": "e", "զ": "z", "է": "e", "ը": "e", "թ": "t",
        "ժ": "Z", "ի": "i", "լ": "l", "խ": "g", "ծ": "c", "կ": "k", "հ": "g", "ձ": "dz", "ղ": "g",
        "ճ": "C", "մ": "m", "յ": "j", "ն": "n", "շ": "S", "ո": "o", "չ": "C", "պ": "p", "ջ": "dZ",
        "ռ": "r", "ս": "s", "վ": "v", "տ": "t", "ր": "r", "ց": "c", "ւ": "v", "փ": "p", "ք": "k",
        "և": "ev", "օ": "o", "ֆ": "f",
    },
    groups=(("ու", "u"), ("եւ", "ev")),
    before=(("^ո(?!ւ)", "վո"),),
    respellings=(
        (("^հո(?!ւ)", "օ"), ("հ", "")),  # Russian has no h: Ованнисян
        (("^հո(?!ւ)", "օ"), ("հ", ""), ("բ(?=յան$)", "պ")),  # Акопян
    ),
)  # fmt: skip
