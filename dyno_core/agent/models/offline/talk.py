"""What is no order and no question about the plan: greetings, thanks, anger, other languages. Pure."""

import re
import unicodedata
from typing import Final

from dyno_core.agent.models.offline.answers import HELP

NOTHING_CHANGED: Final = "All right, nothing was changed."
SMALL_TALK: Final = {
    "hello": "Hello! " + HELP,
    "thanks": "You're welcome.",
    "help": HELP,
    "who": "I'm Dyno-Agent, running on the offline model: a set of rules, without a network. " + HELP,
    "upset": "I'm sorry that this is annoying. Tell me in one sentence what you need, for example:\n"
    + HELP.split("\n", 1)[1],
    "language": "I'm sorry, I understand English only. " + HELP,
    "beyond": "I can't tell: I know this lab's plan and nothing else. " + HELP,
    "nothing": NOTHING_CHANGED,
    "why": "I don't know what that “why” is about. Ask it whole: “why can't 195W114 have a brake test on 7 December?”, "
    "“why is PGN 3 not free tomorrow?” or “why was 42 moved?”.",
    "roi": "What Dyno-Agent saves is on the ROI page (Return on investment), with the figures behind it; here I can't "
    "reckon it. I can tell the utilization (“utilization this year”) and how many tests are completed.",
    "adding": "A planner adds vehicles, dynos and test types on the Fleet page, and requests on the Planning page; a "
    "whole plan comes in by importing the workbook. A vehicle that is known can be booked here.",
    "unable": "That is done on its own page (calendar, fleet, planning or admin); here I can book, move, extend and "
    "cancel. Nothing was changed.",
}
"""Answers that need neither the plan nor anything said before."""

_UPSET: Final = re.compile(
    r"\b(?:crap|shit\w*|damn\w*|damm?it|hell|wtf|fuck\w*|stupid|useless|idiot\w*|dumb|rubbish|garbage|bloody|sucks?"
    r"|annoying|hate (?:this|you)|ridiculous|nonsense|terrible|worst|piece of junk)\b"
)
_WHO: Final = re.compile(
    r"^(?:who|what) are you\b|\bare you (?:an? )?(?:robot|bot|human|person|machine|ai|real|gemini|chatgpt|gpt)\b"
    r"|\bwhat(?:'s| is) your name\b|\bwhich model\b|\bwho made you\b"
)
_FOREIGN_WORDS: Final = """
bitte fahrzeug für und ist nicht ich können könnten wann welche welcher prüfstand buchen reservieren nächste
nächsten heute morgen frei guten tag danke hallo von bis auf dem der das ein eine mit stornieren por favor
para el la los las una un puede puedes quiero necesito reservar reserve vehículo coche lunes martes miércoles
jueves viernes hola gracias cuando cuándo está libre mañana hoy qué le les des pour je vous nous est sont s'il
plaît bonjour réserver véhicule voiture quand quel quelle lundi mardi mercredi jeudi vendredi merci demain
aujourd'hui pouvez pouvez-vous voudrais avec du au quero preciso carro veículo não você obrigado amanhã
segunda-feira terça-feira per il vorrei voglio prenotare veicolo prego grazie domani lunedì martedì oggi
libero quale della
"""
_FOREIGN: Final = frozenset(_FOREIGN_WORDS.split())
_ENGLISH_WORDS: Final = """
the for from to a is on and please what which when who book cancel move vehicle test it of in with my can you
i need want are there any free next days day week brake
"""
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())
_LETTERS: Final = re.compile(r"[^\W\d_](?:[\w'’-]*[^\W\d_])?")


def is_foreign(text: str) -> bool:
    """Whether ``text`` is written in another language than English, as far as its small words tell."""
    letters = [sign for sign in text if sign.isalpha()]
    if sum(not _is_latin(sign) for sign in letters) * 2 > len(letters):
        return True
    words = {word.lower().replace("’", "'") for word in _LETTERS.findall(text)}
    foreign = words & _FOREIGN
    return len(foreign) >= 2 and len(foreign) > len(words & _ENGLISH)


def _is_latin(sign: str) -> bool:
    return "LATIN" in unicodedata.name(sign, "")


def mood(low: str) -> str | None:
    """``upset`` or ``who`` for what is said about the model itself; asked last, when nothing else is understood."""
    if _WHO.search(low):
        return "who"
    return "upset" if _UPSET.search(low) else None
