"""The words that lists use, in three languages, as data: column headers and answers.

Written for this project. Every word is compared folded (lower case, no apostrophes, ё as е). Unknown
words are never guessed: the reader reports them and goes on without the value.
"""

# ruff: noqa: E501 - a table of words reads best with one entry a line

from __future__ import annotations

from safepassage.core.register.scripts import fold
from safepassage.core.register.types import (
    Choice,
    Consent,
    ConsentQuestion,
    LifeStatus,
    Need,
    Sex,
)


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
             "|год рождения|г.р.|г/р|д.р.|др|родился|дата народження|рік народження|народився"
             "|дата нар|рік нар|birthday|дата рожд|число месяц год рождения|д/р|д.н|р.н|г.р",
    "age": "age|age years|возраст|лет|полных лет|вік|років",
    "stay_place": "place|village|settlement|town|address|location|place of stay|last known place"
                  "|last seen|населенный пункт|село|нп|н.п.|адрес|место|место нахождения|где остался"
                  "|где находится|проживает|населений пункт|місце перебування|адреса|місце|де перебуває",
    "address": "street|street address|house|house number|street and house|улица|ул|дом|улица дом|улица и дом"
               "|вулиця|вул|будинок|буд|вулиця будинок|вулиця та будинок",
    "birth_place": "place of birth|birth place|birthplace|born in|место рождения|место рожд.|уроженец"
                   "|місце народження|місце нар.|уродженець",
    "household_key": "household|household id|household key|family|family id|case|case id|семья|двор"
                     "|домохозяйство|карточка|номер семьи|родина|сім'я|домогосподарство|картка",
    "phone": "phone|telephone|tel|mobile|contact|телефон|тел|тел.|моб|контакт|номер телефона"
             "|номер телефону",
    "needs": "needs|special needs|vulnerability|нужды|потребности|особые потребности|потреби|особливі потреби",
    "choice": "choice|wants to leave|wish|decision|выбор|желание|хочет выехать|выезд|вибір|бажання"
              "|хоче виїхати|рішення|решение",
    "consent": "consent|согласие|згода",
    "consent_form": "consent form|how asked|form of consent|форма согласия|как спрошен|форма згоди",
    "asked_on": "asked on|date asked|submission time|submissiondate|date of interview|interview date|дата опроса|дата опитування|когда спрошен",
    "destinations": "destination|destinations|where to|куда|пункт назначения|куди|пункт призначення",
    "status": "status|whereabouts|состояние|статус|положение|стан",
    "apart_from": "apart from|keep apart|not together with|не сажать вместе с|держать отдельно"
                  "|не садити разом з|окремо від",
    "email": "email|e-mail|mail|email address|электронная почта|эл. почта|почта|электронный адрес"
             "|електронна пошта|ел. пошта|пошта|електронна адреса",
    "maiden_name": "maiden name|birth name|name at birth|former name|former surname|previous surname|née|nee"
                   "|девичья фамилия|прежняя фамилия|фамилия до брака|добрачная фамилия|предыдущая фамилия"
                   "|дівоче прізвище|попереднє прізвище|колишнє прізвище|прізвище до шлюбу",
    "relatives": "relatives|relative|next of kin|family members|kin|родственники|родственник|члены семьи"
                 "|близкие|родные|родичі|родич|члени сім'ї|члени родини|близькі|рідні",
    "documents": "document|documents|document number|document no|passport|passport number|passport no|id number"
                 "|id card|national id|tax number|tax id|birth certificate|passport series and number|паспорт"
                 "|документ|документы|номер документа|паспорт серия номер|серия и номер паспорта|номер паспорта"
                 "|серия паспорта|паспортные данные|паспорт (серия, номер)|снилс|инн|свидетельство о рождении"
                 "|удостоверение|документ удостоверяющий личность|паспорт серія номер|серія та номер паспорта"
                 "|серія і номер паспорта|серія паспорта|паспортні дані|документи|посвідчення|іпн|рнокпп|унзр"
                 "|свідоцтво про народження|id-картка|ідентифікаційний код|ідентифікаційний номер",
    "asked_by": "asked by|interviewer|enumerator|registrar|registered by|опросил|опросила|кто опросил"
                "|интервьюер|регистратор|опитав|опитала|хто опитав|інтерв'юер|реєстратор",
    "consent_registered": "consent to be registered|consent to registration|consent registered"
                          "|согласие на регистрацию|согласие на учет|згода на реєстрацію|згода на облік",
    "consent_searched_for": "consent to be searched for|consent to search|consent searched for"
                            "|согласие на розыск|согласие на поиск|згода на розшук|згода на пошук",
    "consent_told_to_relatives": "consent to be told to relatives|may tell relatives|consent told to relatives"
                                 "|согласие сообщить родственникам|сообщить родственникам"
                                 "|згода повідомити родичів|повідомити родичів",
    "consent_named_to_party": "consent to be named to a party|may name to party|consent named to party"
                              "|согласие назвать стороне|согласие на передачу стороне|передать стороне"
                              "|згода назвати стороні|згода на передачу стороні|передати стороні",
    "consent_published": "consent to be published|consent to publication|consent published"
                         "|согласие на публикацию|опубликовать|згода на публікацію|оприлюднити",
})  # fmt: skip

BEGINNINGS = _by_word({
    "full_name": "фио|ф.и.о|фамилия имя отчество|піб|п.і.б|прізвище імя по батькові|full name",
    "surname": "фамилия|прізвище|surname|family name",
    "birth": "дата рождения|год рождения|дата народження|рік народження|date of birth|year of birth",
    "phone": "телефон|номер телефона|номер телефону|phone|mobile",
    "stay_place": "населенный пункт|населений пункт|адрес|адреса|address|last known address|место жительства",
})  # fmt: skip
"""Beginnings of longer headers that say what a column holds."""

OTHERS_BEGIN = tuple(map(fold, (
    "родств", "родич", "мать", "матер", "отц", "отец", "батьк", "опек", "опік", "глав", "голов", "контакт",
    "relat", "mother", "father", "guardian", "parent", "head", "kin", "emergency", "законн", "представ",
    "ребен", "дет", "дит", "child", "супруг", "подруж", "spouse", "girl", "девич", "дівоч", "maiden", "прежн", "попередн", "преж", "рожд", "народж", "birth", "регистрац", "реєстрац",
)))  # fmt: skip
"""Beginnings of words that say that a header speaks of somebody else, or of something else."""

HEAD_WORDS = frozenset(map(fold, (
    "head name", "name of head", "head of household", "household head", "name of the head of household",
    "respondent", "respondent name", "name of respondent", "глава семьи", "глава домохозяйства", "фио главы семьи",
    "респондент", "фио респондента", "голова сім'ї", "голова родини", "голова домогосподарства",
    "піб голови домогосподарства", "піб респондента",
)))  # fmt: skip
"""Headers of the name of whoever answered a form for a household."""

ADDRESS_WORDS = frozenset(map(fold, (
    "address", "location", "адрес", "адреса", "адрес проживания", "адреса проживання", "место жительства",
)))  # fmt: skip
"""Headers of an address where another column names the settlement; else of the settlement."""

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

NO_DOCUMENT_WORDS = frozenset(map(fold, (
    "none", "no", "lost", "нет", "утерян", "утеряны", "утрачен", "отсутствует", "ні", "немає", "нема",
    "загублено", "втрачено", "відсутній", "-", "б/н", "?", "unknown", "неизвестно", "невідомо",
)))  # fmt: skip

PAPER_WORDS = _by_word({
    "series": "series|серия|серія|сер.|ser.",
    "issued": "выдан|выдана|выдано|виданий|видана|видано|issued|от|від|орган",
})  # fmt: skip
"""Words around the number of a document, which are no part of it."""

CONSENT_QUESTION_WORDS = {
    word: ConsentQuestion(key) for word, key in _by_word({
        "registered": "registered|registration|регистрация|учет|реєстрація|облік",
        "searched_for": "searched_for|searched for|search|розыск|поиск|розшук|пошук",
        "told_to_relatives": "told_to_relatives|told to relatives|relatives|родственникам|родичам",
        "named_to_party": "named_to_party|named to party|named to a party|party|стороне|стороні",
        "published": "published|publication|публикация|публікація|оприлюднення",
    }).items()
}  # fmt: skip

TOTAL_WORDS = frozenset(map(fold, (
    "всього", "усього", "разом", "итого", "всего", "total", "totals", "grand total", "sum", "сума", "сумма",
    "підсумок", "total persons", "всего человек", "всего чел", "всього осіб", "разом осіб", "итого человек",
)))  # fmt: skip
"""What the last row of a table begins with that adds up the others."""

SIGNATURE_WORDS = frozenset(map(fold, (
    "подпись", "м.п", "мп", "исполнитель", "составил", "составила", "проверил", "глава", "председатель",
    "підпис", "виконавець", "склав", "склала", "перевірив", "голова", "староста", "signature", "signed",
    "prepared by", "checked by",
)))  # fmt: skip
"""What a line under a table begins with that somebody signed."""

PLACE_MARKS = frozenset(map(fold, (
    "с", "село", "д", "дер", "деревня", "х", "хутор", "п", "пос", "поселок", "г", "город", "пгт", "нп",
    "н.п", "смт", "м", "місто", "селище", "сел", "с-ще", "сельсовет", "сільрада", "village", "town", "settlement",
)))  # fmt: skip
"""What stands before the name of a settlement."""

MONTH_WORDS = {
    word: number
    for number, words in enumerate((
        "янв|січ|jan", "фев|лют|feb", "мар|бер|mar", "апр|кві|apr", "мая|май|тра|may", "июн|чер|jun",
        "июл|лип|jul", "авг|сер|aug", "сен|вер|sep", "окт|жов|oct", "ноя|лис|nov", "дек|гру|dec",
    ), 1)
    for word in words.split("|")
}  # fmt: skip
"""First three letters of a month's name, folded, to its number."""

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
