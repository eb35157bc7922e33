"""The words that lists use, in three languages, as data: column headers and answers.

Written for this project. Every word is compared folded (lower case, no apostrophes, ё as е). Unknown
words are never guessed: the reader reports them and goes on without the value.
"""

# ruff: noqa: E501 - a table of words reads best with one entry a line

from __future__ import annotations

from safepassage.core.register.scripts import fold
from safepassage.core.register.types import Choice, Consent, LifeStatus, Need, Sex


def _by_word(table: dict[str, str]) -> dict[str, str]:
    return {fold(word).strip(): key for key, words in table.items() for word in words.split("|")}


HEADER_WORDS = _by_word({
    "full_name": "full name|name|person|фио|ф.и.о.|ф.и.о|фамилия имя отчество|фамилия, имя, отчество"
                 "|піб|п.і.б.|п.і.б|прізвище ім'я по батькові|прізвище, ім'я, по батькові|имя полностью",
    "surname": "surname|family name|last name|lastname|фамилия|прізвище",
    "given_name": "given name|first name|firstname|forename|имя|ім'я",
    "patronymic": "patronymic|father's name|fathers name|middle name|second name|отчество|по батькові",
    "sex": "sex|gender|пол|стать",
    "birth": "birth|birth date|birthdate|date of birth|dob|born|year of birth|birth year|дата рождения"
             "|год рождения|г.р.|г/р|д.р.|др|родился|дата народження|рік народження|народився",
    "age": "age|age years|возраст|лет|полных лет|вік|років",
    "stay_place": "place|village|settlement|town|address|location|place of stay|last known place"
                  "|last seen|населенный пункт|село|нп|н.п.|адрес|место|место нахождения|где остался"
                  "|где находится|проживает|населений пункт|місце перебування|адреса|місце|де перебуває",
    "birth_place": "place of birth|birth place|birthplace|место рождения|місце народження",
    "household_key": "household|household id|household key|family|family id|case|case id|семья|двор"
                     "|домохозяйство|карточка|номер семьи|родина|сім'я|домогосподарство|картка",
    "phone": "phone|telephone|tel|mobile|contact|телефон|тел|тел.|моб|контакт|номер телефона"
             "|номер телефону",
    "needs": "needs|special needs|vulnerability|нужды|потребности|особые потребности|потреби|особливі потреби",
    "choice": "choice|wants to leave|wish|decision|выбор|желание|хочет выехать|выезд|вибір|бажання"
              "|хоче виїхати|рішення|решение",
    "consent": "consent|согласие|згода",
    "consent_form": "consent form|how asked|form of consent|форма согласия|как спрошен|форма згоди",
    "asked_on": "asked on|date asked|interview date|дата опроса|дата опитування|когда спрошен",
    "destinations": "destination|destinations|where to|куда|пункт назначения|куди|пункт призначення",
    "status": "status|whereabouts|состояние|статус|положение|стан",
    "apart_from": "apart from|keep apart|not together with|не сажать вместе с|держать отдельно"
                  "|не садити разом з|окремо від",
})  # fmt: skip

SEX_WORDS = {
    word: Sex(key) for word, key in _by_word({
        "female": "female|f|woman|girl|ж|жен|жен.|женский|женщина|жін|жін.|жіноча|жіночий|жінка|дівчина",
        "male": "male|m|man|boy|м|муж|муж.|мужской|мужчина|ч|чол|чол.|чоловіча|чоловічий|чоловік",
        "other": "other|x|другой|другое|інша|інше",
        "unknown": "unknown|?|-|неизвестно|невідомо",
    }).items()
}  # fmt: skip

CHOICE_WORDS = {
    word: Choice(key) for word, key in _by_word({
        "go": "go|yes|leave|wants to leave|to leave|да|хочет выехать|выезд|выехать|едет|ехать|уехать|так"
              "|хоче виїхати|виїзд|виїхати|їде|їхати|+",
        "stay": "stay|no|remain|wants to stay|does not want to leave|нет|остается|остаться|не хочет|ні"
                "|залишається|залишитися|не хоче|не едет|не їде",
        "undecided": "undecided|unsure|maybe|don't know|не решил|не решила|не определился|думает|возможно"
                     "|не знает|не вирішив|не вирішила|не визначився|вагається|можливо|не знає",
        "not_asked": "not_asked|not asked|не спрошен|не спрошена|не опрошен|не запитували|не опитаний|-|?",
    }).items()
}  # fmt: skip

CONSENT_WORDS = {
    word: Consent(key) for word, key in _by_word({
        "yes": "yes|y|true|1|да|есть|согласен|согласна|получено|так|є|згоден|згодна|отримано|+",
        "no": "no|n|false|0|нет|отказ|не согласен|не согласна|ні|відмова|не згоден|не згодна",
        "not_asked": "not_asked|not asked|не спрошен|не спрошена|не запитували|-|?",
    }).items()
}  # fmt: skip

CONSENT_FORM_WORDS = _by_word({
    "written": "written|in writing|письменно|письменное|письмово|письмова|подпись|підпис",
    "oral": "oral|spoken|by phone|phone|verbal|устно|устное|по телефону|усно|усна|телефоном",
    "proxy": "proxy|by proxy|relative|guardian|за другого|родственник|через родственника|родич|опікун"
             "|опекун|довіреність|доверенность|законный представитель|законний представник",
})  # fmt: skip

NEED_WORDS = {
    word: Need(key) for word, key in _by_word({
        "wheelchair": "wheelchair|коляска|инвалидная коляска|кресло-коляска|на коляске|візок|колісне крісло"
                      "|інвалідний візок",
        "stretcher": "stretcher|bedridden|lying|носилки|лежачий|лежачая|ноші|лежача",
        "medical_escort": "medical_escort|medical escort|medic|medical|медик|сопровождение медика"
                          "|медицинское сопровождение|медсопровождение|медичний супровід|супровід медика",
        "pregnant": "pregnant|беременная|беременность|вагітна|вагітність",
        "separated_child": "separated_child|separated child|unaccompanied|unaccompanied child|child alone"
                           "|ребенок без взрослых|без родителей|дитина без дорослих|без батьків",
        "alone_older": "alone_older|alone older|older alone|lives alone|одинокий|одинокая|одинокий пожилой"
                       "|живет один|живет одна|самотній|самотня|живе сам|живе сама",
        "animals": "animals|pets|dog|cat|животные|собака|кошка|кот|тварини|кішка|кіт",
    }).items()
}  # fmt: skip

NO_NEED_WORDS = frozenset(map(fold, ("none", "no", "нет", "ні", "немає", "-", "0", "нема")))

STATUS_WORDS = {
    word: LifeStatus(key) for word, key in _by_word({
        "present": "present|there|stays|alive|на месте|присутствует|находится|жив|жива|на місці|присутній"
                   "|присутня|живий",
        "unknown": "unknown|missing|not known|неизвестно|пропал|пропала|нет связи|невідомо|зник|зникла"
                   "|немає зв'язку|?|-",
        "already_out": "already_out|already out|left|evacuated|out|выехал|выехала|эвакуирован"
                       "|эвакуирована|уехал|уехала|виїхав|виїхала|евакуйований|евакуйована",
        "deceased": "deceased|dead|died|умер|умерла|погиб|погибла|мертв|помер|померла|загинув|загинула",
    }).items()
}  # fmt: skip

FAMILY_IN_A_CELL = frozenset(map(fold, (
    "семья", "семьей", "семьёй", "с семьей", "дети", "детьми", "с детьми", "внуки", "внуками",
    "сім'я", "сім'єю", "родина", "родиною", "діти", "дітьми", "онуки", "онуками", "family",
    "children", "kids", "wife", "husband", "жена", "женой", "муж", "мужем", "дружина", "дружиною",
    "чоловік", "чоловіком", "и", "і", "й", "та", "and",
)))  # fmt: skip
"""Words in a name cell that say it holds more people than one."""


def header_key(name: str) -> str:
    """Return a column header as HEADER_WORDS has it."""
    return " ".join(fold(name).replace("_", " ").split()).strip(" :*№#.") or fold(name).strip()
