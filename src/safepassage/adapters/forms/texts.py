"""What people are told and asked, in English; the catalogue holds Ukrainian and Russian.

Every text is for somebody who is afraid and has little time: short sentences, no promise, no word
that presses. What must be said before anybody is asked follows the ICRC's note on evacuation of
civilians of 14 March 2018: terms, destination, process, and that whoever stays is protected
too. Change a text here and in ``locale/*/LC_MESSAGES/safepassage.po``; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from safepassage.adapters.i18n import LANGUAGES, translator
from safepassage.core.agreement.wording import msg
from safepassage.core.register.entries import Topic
from safepassage.core.register.types import ConsentQuestion, Need

FORM_VERSION = "1"
FORM_ID = "safepassage-ask"

TITLE = msg("Asking each adult: go, stay, or not yet decided")

INTRODUCE = msg(
    "Good day. We are a neutral humanitarian team. We take no side. We are asking people whether "
    "they wish to leave for a safer place or to stay. Talking with us is your free choice. You may "
    "stop at any moment, and you need not give a reason. Whether you talk with us or not changes "
    "nothing in the help and protection that you have a right to."
)
MAY_TALK = msg("May we talk now? Are you safe, and can you speak freely?")
STOP = msg(
    "Thank the person and end the conversation. Do not ask why. Do not try to persuade. Write down "
    "only that there was no conversation: that is not an answer, and not a refusal."
)
EACH_ALONE = msg(
    "Speak with each adult separately, if possible with nobody listening. Nobody decides for "
    "another adult: not a husband, not a wife, not a grown child, not the head of a village."
)
TELL = {
    Topic.TERMS: msg(
        "Terms. A way out for civilians is being discussed with both sides. It is not certain that "
        "it will open, and nobody can promise that the road will be free of danger. It costs "
        "nothing. You are not asked to sign away your home or your rights. Leaving does not take "
        "away your right to come back."
    ),
    Topic.DESTINATION: msg(
        "Destination. You may say where you wish to go. We cannot promise that place. Before you "
        "leave we will tell you where the vehicle goes. If that changes, you will be told and may "
        "stay."
    ),
    Topic.PROCESS: msg(
        "Process. You will be told the day, the hour and the place shortly before, and what you "
        "may take. Keep papers and medicines ready. We plan so that those who travel as a family "
        "ride together. At the crossing papers may be checked. You may change your mind at any "
        "step, even in the vehicle."
    ),
    Topic.RIGHT_TO_STAY: msg(
        "Right to stay. You may stay. Nobody may force you to leave, and nobody may punish you for "
        "staying. Whoever stays remains a civilian, protected by the law of war just as whoever "
        "leaves."
    ),
}
TOPIC_NAMES = {
    Topic.TERMS: msg("the terms"),
    Topic.DESTINATION: msg("the destination"),
    Topic.PROCESS: msg("the process"),
    Topic.RIGHT_TO_STAY: msg("the right to stay, protected either way"),
}
OTHER_WORDS = msg("In the words of this operation:")
CONTACT = msg("To change or withdraw an answer, or to complain:")
CLOSING = msg(
    "Thank you. You may change any answer at any time. Your answers are kept encrypted, and nobody "
    "outside our team receives them unless you said yes to it. We cannot promise that a "
    "journey will take place. If you hear of a journey from others, please ask us before you set "
    "out."
)

ASKED_BY = msg("Your role or staff token (not your name)")
ASKED_ON = msg("Day of the conversation")
OUTCOME = msg("Did anybody answer?")
CODE = msg("Code of the person, from the call list")
HOW = msg("Who answers, and how?")
PROXY_WHO = msg("Who answers for the person? (relation, not a name)")
PROXY_WHY = msg("Why does the person not answer for himself or herself?")
WHEREABOUTS = msg("Where is the person now?")
IS_ADULT = msg("Is the person 18 or older?")
NOT_A_CHILD = msg(
    "Children are not asked to choose. Note what a child needs below, with the child's guardian."
)
TOLD = msg("Mark what you have said and the person has understood")
GOES_ON = msg("Does the person wish to go on to the questions?")
NOT_YET = msg(
    "Something has not been explained yet, so nothing can be asked. Go back and explain it, or end "
    "the conversation politely."
)
CHOICE = msg("What do you wish to do, if the way out opens?")
CHOICE_HINT = msg('Read out all three. Do not advise. "I do not know yet" is a good answer.')
DESTINATION_1 = msg("Where do you wish to go? First wish")
DESTINATION_2 = msg("Second wish")
DESTINATION_OTHER = msg("Another place, in the person's words")
NEEDS = msg("What does the person need on the way?")
CONSENTS_INTRO = msg(
    "Now five separate questions. To each you may say yes or no. A no changes nothing in your "
    "protection; where it makes the journey harder to prepare, we say so. What is not asked counts "
    "as no."
)
CONSENTS = {
    ConsentQuestion.REGISTERED: msg(
        "May we keep your name and answers in our protected register, to prepare the journey? "
        "Without this we cannot keep a place for you; you may still come and ask for one."
    ),
    ConsentQuestion.SEARCHED_FOR: msg(
        "If contact with you is lost, may we search for you, and give your name and year of birth "
        "to tracing services?"
    ),
    ConsentQuestion.TOLD_TO_RELATIVES: msg(
        "If relatives ask for you, may we tell them that you are alive and how you are?"
    ),
    ConsentQuestion.NAMED_TO_PARTY: msg(
        "If a side demands names for passing the crossing, may we give it yours? If you say no, we "
        "will tell you before the journey whether it is possible without."
    ),
    ConsentQuestion.PUBLISHED: msg(
        "May your name, year of birth and village be published on a list that anybody can read, so "
        "that people find you?"
    ),
}
CHILD_CODE = msg("Code of the child, from the call list")
CHILD_NEEDS = msg("What does the child need on the way?")
SPOKE_FOR = msg("Who spoke for the child? (mother, father, guardian …; not a name)")
ADULT = msg("Adult")
CHILD = msg("Child of this household")
ABOUT_JOURNEY = msg("What the person is told")
ANSWERS = msg("Answers")

YES, NO, NOT_ASKED = msg("yes"), msg("no"), msg("not asked")
NEED_NAMES = {
    Need.WHEELCHAIR: msg("a place for a wheelchair"),
    Need.STRETCHER: msg("to lie on a stretcher"),
    Need.MEDICAL_ESCORT: msg("a medical escort"),
    Need.PREGNANT: msg("is pregnant"),
    Need.SEPARATED_CHILD: msg("a child without parents or guardian"),
    Need.ALONE_OLDER: msg("an older person on his or her own"),
    Need.ANIMALS: msg("travels with an animal"),
}

CODE_WRONG = msg("The code has eight letters and digits, as printed in the call list.")
FUTURE_WRONG = msg("The day cannot lie in the future.")
ROLE_WRONG = msg("Write a role or a staff token: no name and no telephone number.")
NONE_WRONG = msg('"Nothing special" cannot stand beside a need.')
SAME_WRONG = msg("The second wish must differ from the first.")

LISTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "outcome": (
        ("talked", msg("yes, we talk")),
        ("not_reached", msg("nobody was reached")),
        ("later", msg("asks to be called at another time")),
        ("declined", msg("does not wish to talk")),
        ("not_known", msg("nobody of that name is known here")),
    ),
    "yes_no": (("yes", YES), ("no", NO)),
    "how": (
        ("oral", msg("the person, by word of mouth")),
        ("written", msg("the person, in writing")),
        ("proxy", msg("somebody else for the person")),
    ),
    "whereabouts": (
        ("here", msg("here, in the area")),
        ("already_out", msg("has already left the area")),
        ("deceased", msg("has died")),
        ("unknown", msg("not known")),
    ),
    "topic": tuple((topic.value, name) for topic, name in TOPIC_NAMES.items()),
    "choice": (
        ("go", msg("I wish to leave")),
        ("stay", msg("I wish to stay")),
        ("undecided", msg("I do not know yet")),
        ("no_answer", msg("no answer (this is not a refusal)")),
    ),
    "need": (
        *((need.value, name) for need, name in NEED_NAMES.items()),
        ("none", msg("nothing special")),
    ),
    "consent": (("yes", YES), ("no", NO), ("not_asked", NOT_ASKED)),
}
"""Answers to choose from: (what is stored, English text) pairs by list."""

ANY_PLACE = ("any", msg("anywhere safe"))
OTHER_PLACE = ("other", msg("another place"))

CALL_TITLE = msg("Call list")
BEFORE_CALL = msg("Before you call")
SAY_FIRST = msg("Say first")
RULES_FOR_CALLERS = (
    msg("One household is one call. Ask for each adult in turn; children are not asked."),
    msg("Do not leave a message that says who we are or why we call. Others may listen."),
    msg("If somebody else answers, do not say whom you seek or why. Ask when to call again."),
    msg("Nobody is called more than three times. Not reached and not willing are not answers."),
    msg("This list holds names and telephone numbers. Keep it on you; return it the same day; do "
        "not photograph, copy or forward it."),
)  # fmt: skip
HOUSEHOLD, PLACE, TELEPHONE = msg("Household"), msg("Place"), msg("Telephone")
NO_TELEPHONE = msg("no telephone known: visit, or ask who can reach them")
NAME, BORN, LAST_ANSWER = msg("Name"), msg("Born"), msg("Last answer")
CODE_HEAD, TOLD_HEAD, WISH_HEAD = msg("Code"), msg("Told"), msg("Wish")
NEEDS_HEAD, CONSENT_HEAD, REMARKS = msg("Needs"), msg("Consents"), msg("How it ended")
CHILD_MARK = msg("child: only needs, with the guardian")
ONLY_CHILDREN = msg("Only children are known in this household. Ask first who looks after them.")
CALLER_OF = msg("caller {number} of {callers}")
PERSONAL_WARNING = msg("NAMES AND TELEPHONE NUMBERS: RETURN THE SAME DAY, DO NOT COPY")


@dataclass(frozen=True, slots=True)
class Facts:
    """What one operation adds to the texts; each in every language, or left out.

    Parameters
    ----------
    who
        Who is calling.
    terms, destination, process
        Facts of this operation, said after the general words on the topic.
    contact
        Where answers are changed and complaints made.
    destinations
        (id, name by language) of places that can be wished for.
    """

    who: Mapping[str, str] | None = None
    terms: Mapping[str, str] | None = None
    destination: Mapping[str, str] | None = None
    process: Mapping[str, str] | None = None
    contact: Mapping[str, str] | None = None
    destinations: tuple[tuple[str, Mapping[str, str]], ...] = ()


Text = Mapping[str, str]
"""One text by language."""


def in_all(message: str) -> Text:
    """Return a message of the catalogue in every language."""
    return {language: translator(language)(message) for language in LANGUAGES}


def with_facts(message: str, added: Text | None, between: str = "") -> Text:
    """Return a message with an operation's own words below it."""
    if not added:
        return in_all(message)
    lead = in_all(between) if between else dict.fromkeys(LANGUAGES, "")
    return {
        language: "\n".join(filter(None, (text, lead[language], added[language])))
        for language, text in in_all(message).items()
    }


def introduction(facts: Facts) -> Text:
    """Return what is said first."""
    return with_facts(INTRODUCE, facts.who)


def telling(topic: Topic, facts: Facts) -> Text:
    """Return what is said of a topic."""
    added = {
        Topic.TERMS: facts.terms,
        Topic.DESTINATION: facts.destination,
        Topic.PROCESS: facts.process,
    }.get(topic)
    return with_facts(TELL[topic], added, OTHER_WORDS)


def farewell(facts: Facts) -> Text:
    """Return what is said last."""
    return with_facts(CLOSING, facts.contact, CONTACT)


def destination_list(facts: Facts) -> tuple[tuple[str, Text], ...]:
    """Return the places that can be wished for; anywhere and elsewhere always."""
    any_place, other = ((name, in_all(text)) for name, text in (ANY_PLACE, OTHER_PLACE))
    return (*facts.destinations, any_place, other)
