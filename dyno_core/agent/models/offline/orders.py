"""Which messages order a change of the plan. Pure.

A write is only ever taken from an order ("book …", "please cancel …", "can you move …"); a question,
a negation, a report of what others said or a bare list of facts never is: at most it becomes an offer that waits
for a yes.
"""

import re
from dataclasses import dataclass
from typing import Final

from dyno_core.agent.models.offline.slots import Slots

WRITES: Final = frozenset({"book", "move", "extend", "cancel"})


@dataclass(frozen=True, slots=True)
class Intent:
    """``sure`` is False for a write that was not ordered; ``weak`` for what only the facts suggest."""

    name: str
    sure: bool = True
    weak: bool = False


def plain(text: str) -> str:
    """Lower case, straight apostrophes, one blank between words."""
    return " ".join(text.replace("’", "'").replace("‘", "'").lower().split())


_POLITE = re.compile(
    r"^(?:(?:(?:hi|hello|hey)(?: (?:all|team|there|everyone|folks|guys))?|ok|okay|so|well|and|also|then|now"
    r"|great|perfect|thanks|thank you|please"
    r"|sorry|yes|but|actually|no|oops|ups|oh|ah|hm+|uh|ugh|wait|right|alright|anyway"
    r"|damn(?: it)?|dammit|shit|fuck|wtf|argh)\b[\s,.!:]*)+"
)
_ASKED_KINDLY = re.compile(r"^(?:can|could|would|will) you\b")
_QUESTION = re.compile(
    r"^(?:what|what's|which|who|who's|whom|whose|when|when's|where|where's|why|how|how's|is|isn't"
    r"|are|aren't|am|was|were|do(?! not\b)|does|did|has|have(?! (?:allocation|booking|#))|had|should|shall"
    r"|may|might|can|can't|could|couldn't|would|will|any|anything|anyone)\b"
    r"|\bpossible to\b|\bhow to\b|\bhow (?:do|can|does) (?:i|one|we)\b|\bwhat if\b|\bwhether\b"
    r"|\bwonder(?:ing)? if\b|\bwhat happens\b"
)
_OR_NOT = re.compile(
    r"[\s,.;–—-](?:yes )?or (?:(?:rather|better|maybe|perhaps) )?(?:not|no|leave it|(?:shouldn't|can't) (?:we|i)"
    r"|should (?:we|i) not)(?: (?:yet|now|really|at all|as it is))?\W*$"
)
"""“Extend 42 to Friday or not” leaves it open."""
_ORDER = (
    r"(?:^|[.!:;,]\s*|\b(?:please|pls|kindly|and|then|also|just|ahead and|let's|lets|(?:can|could"
    r"|would|will) you"
    r"|(?<!do i )(?<!do we )(?<!was )(?<!were )(?<!not )(?<!longer )(?:want|need|like|have|going|wish)(?: you)? to"
    r"|must)\s+)(?:(?:please|kindly|now|then|just)\s+)*"
)
_BOOK = (
    r"(?:book|allocate|reserve|assign|(?:schedule|plan)(?!\s+(?:of|for|this|next|today|tomorrow"
    r"|view|conflict))"
    r"|(?:put|place|add|run|test|set up|arrange|organi[sz]e|squeeze in|fit in)"
    r"(?=\s(?!(?:history|status|plan|schedule|results?|reports?|data)\b))|get(?=\s.*\b(?:on|onto"
    r"|in for)\b)"
    r"|sign(?=\s.*\bup for\b)|(?:make|create|enter|open) (?:an? |the |one )(?:new )?(?:booking|allocation"
    r"|reservation))\b"
)
_CANCEL = r"(?:cancel|call off|scrap|get rid of|(?:delete|remove|drop|take off|free up)(?=\b))"
_EXTEND = (
    r"(?:extend|prolong|lengthen|shorten|cut|trim|reduce"
    r"|(?:finish|end)(?= (?:it|that|allocation \d+)\b.*\b(?:earlier|later|sooner|on)\b)"
    r"|make(?= (?:it|that|this|allocation|booking|#)\b.*\b(?:longer|shorter)\b))"
)
_MOVE = (
    r"(?:start(?=.*\b(?:earlier|later|sooner)\b| (?:it|allocation \d+) (?:on|next)\b)"
    r"|swap(?=\s+(?:\w+\s+)?#?\w+\s+(?:over\s+)?(?:to|onto)\b)|bump"
    r"|move|reschedule|re-schedule|shift|push|postpone|delay|bring|pull|transfer|relocate|change|update|switch"
    r"|make (?=(?:allocation|booking|#))|make (?=(?:it|that|this)\b.*\b(?:days?|weeks?) (?:long|in length|in total)\b)"
    r"|slide|set (?=(?:the |a )?(?:new )?(?:start|first day|end|last day|length|dyno|allocation)\b))"
)
_VERBS: Final = (("book", _BOOK), ("cancel", _CANCEL), ("extend", _EXTEND), ("move", _MOVE))
_ORDERS: Final = tuple((name, re.compile(_ORDER + verbs + r"\b")) for name, verbs in _VERBS)
_MENTIONS: Final = tuple((name, re.compile(r"\b" + verbs + r"\b")) for name, verbs in _VERBS)
_NEEDED = re.compile(
    r"^(?:i|we|i'd|we'd)(?:'ll)? (?:(?:really|also|urgently) )?(?:need|want|would like|like)\b"
    r"(?!.*\b(?:know|see|check|understand|find out|think|decide|why|if|whether|cancel\w*|moved?)\b)"
    r"|^need(?:s|ed)?\b(?!.*\b(?:know|see|check|understand|find out|if|whether)\b)"
)
"""“We need a brake test for vehicle 21 from 8 December” orders one; “I need to know whether …” does not."""
_PASSIVE: Final = re.compile(
    r"^(?:(?:i|we)(?:'d| would)? (?:need|want|like)|(?:have|get)\b)(?: to have)?\b.*\b(?:(?P<book>booked"
    r"|scheduled|allocated"
    r"|reserved)|(?P<cancel>cancell?ed|removed|deleted)|(?P<extend>extended|shortened|prolonged)|(?P<move>moved"
    r"|rescheduled"
    r"|shifted|postponed|delayed|pushed))\b(?!.*\?)"
)
"""“Please have 42 moved to Monday”, “I need allocation 42 cancelled”."""
_SHOULD: Final = re.compile(
    r"\b(?:should|must|needs? to|has to|ought to) (?:(?P<move>start|begin|run|move|go|be (?:moved|rescheduled|shifted"
    r"|postponed))"
    r"|(?P<extend>end|finish|last|be (?:extended|shortened))|(?P<cancel>be (?:cancell?ed|removed)))\b"
)
"""“Allocation 42 should start on Monday” says how things ought to be: an offer."""
_MAY_IT: Final = re.compile(
    r"^(?:can|could|may|might|would|is it possible for) allocation \d+ (?:to )?(?:go|move|start|run|fit|work)\b"
    r"|^(?:can|could|may) (?:i|we) (?:have|get) allocation \d+\b"
)
"""“Could 42 move to Monday?” asks what only a card can tell: an offer of one."""
_GERUND: Final = re.compile(
    r"^(?:does|would|will|is|could|can|what (?:does|would|about)|how about)\b"
    r".*\b(?:(?P<move>moving|postponing|rescheduling)|(?P<extend>extending|shortening))\b"
)
"""“Does moving 42 to Monday displace anybody?” asks what the card says."""
_REPORTED = re.compile(
    r"\b(?:said|says|saying|told (?:me|us|you|them)|wrote|claims?|thinks?|thinking|suggest(?:s|ed)|wonder\w*"
    r"|considering"
    r"|maybe|perhaps|asked (?:me|us|if)|heard"
    r"|unless|only if|automatically|ever|myself|ourselves|imagine|suppose|hypothetically|pretend|reads|might"
    r"|may (?:need|have|want) to)\b"
    r"|\b(?!(?:i|we|you|and|or|but|so|then|also|just|really|still|now|urgently|please|vehicle|\d+)\b)[a-z]+"
    r" (?:(?:would|might|may) (?:like|want|need|have)|wants?|needs?|has|have|(?:is|are) going) to\b"
    r"|\bbut (?:\w+ )?(?:kept|can't|cannot|couldn't|won't|didn't|decided (?:not|against)|changed my mind|left it)\b"
    r"|^[a-z]+(?: \S+){0,3} or (?:not|rather|just|to|cancel|move|keep|leave|extend|shorten|change|delete|remove)\b"
)
"""What others said or want, what is only thought about or was given up, one thing or another: an offer at most."""
_DONE: Final = re.compile(
    r"\balready\b|\b(?:i|we|he|she|they|you|somebody|someone)(?:'ve| have| has| had)?(?: \w+)? (?:booked"
    r"|cancell?ed|moved"
    r"|scheduled|reserved)\b"
)
_ANY_VERB = "|".join(verbs for _, verbs in _VERBS)
TAKEN_BACK: Final = (
    r"(?<!\bor)(?<!\bor rather)(?<!\bor better)(?<!backup)(?<!backups)(?<!flexible)"
    r"[\s,.;:!–—-]+(?:(?:wait|actually|oh|ah|lol|hm+|sorry|well|rather|better)[\s,.;:!–—-]+)*"
    r"(?:no|nope|not|never mind|nevermind|forget it|(?:just|only) (?:kidding|joking)|scratch that)\W*$"
)
"""The end of “cancel 42 — wait, no”."""
_NEGATED = re.compile(
    r"\b(?:don't|do not|dont|never|must not|mustn't|should not|shouldn't|not to"
    r"|no need to)\b(?!\W+(?:forget|hesitate|fail)\b)(?:\W+\w+){0,2}?\W+"
    rf"(?:{_ANY_VERB})\b|\bstop \w+ing\b"
    rf"|\b(?:not|no longer|never) (?:going|planning|wanting|want|wish|like|need|have) to\W+(?:{_ANY_VERB})\b"
    rf"|\b(?:don't|do not) (?:think|believe|see)\b(?:\W+\w+){{0,4}}?\W+(?:{_ANY_VERB})\b"
    r"|\?\s*(?:no|nope|not (?:yet|now|today|really)|(?:better|rather) not)\W*$"
    rf"|{TAKEN_BACK}"
)
_MAY_I = re.compile(r"^(?:can|could|should|shall|may|would) (?:i|we|you)\b|\bwhat (?:happens )?if\b|\bpossible to\b")
_MAKE_IT: Final = re.compile(r"^make (?:it|that|this)\b")
"""It may correct what stands on a card."""
_LOOSE_VERBS = re.compile(
    r"\b(?:put|place|get|add|run|test|plan|set up|delete|remove|drop|take off|free up|bring|pull"
    r"|push|bump"
    r"|change|update|delay|shift|cut|trim|reduce|slide)\b"
)
_IT = re.compile(r"\b(?:it|that|this|them|the same)\b")
_EVERYTHING = re.compile(r"\b(?:everything|all|everybody)\b")


def stripped(text: str) -> str:
    return _POLITE.sub("", plain(text))


def is_question(text: str) -> bool:
    bare = stripped(text)
    if _ASKED_KINDLY.match(bare):
        return bool(re.search(r"\bwhat if\b|\bhow to\b|\bwhat happens\b", bare))
    return bool(_QUESTION.search(bare) or _OR_NOT.search(bare)) or (bare.endswith("?") and "please" not in plain(text))


def is_told(text: str) -> bool:
    """Whether ``text`` tells of what was done, said or thought rather than answering."""
    return bool(_REPORTED.search(plain(text)) or _DONE.search(plain(text)))


def is_negated(text: str) -> bool:
    return bool(_NEGATED.search(plain(text)))


def _meant(hit: tuple[int, str, str], low: str, slots: Slots) -> str:
    """“Put allocation 42 on PGN 4” moves it: what has a number is in the plan already."""
    start, name, words = hit
    if name == "move" and _ITS_END.match(low, start + len(words)):
        return "extend"
    on_plan = slots.allocation_id is not None and not slots.has_vehicle
    return "move" if name == "book" and on_plan and _LOOSE_VERBS.search(words) else name


_LONGER: Final = re.compile(r"\b(?:needs?|takes?)\s+\S+\s+(?:more|additional|extra|further)\s+(?:days?|weeks?)\b")
"""“Allocation 42 needs two more days” says how long it takes: an offer to extend it."""


_ITS_END: Final = re.compile(
    r"\s*(?:the |a )?(?:new )?(?:(?:end|last day|finish)(?: (?:date|day))? (?:of|for|on) (?:allocation|booking|vehicle"
    r"|it|this|that|#|\d)"
    r"|(?:its|allocation \d+'s) (?:end|last day|finish)\b)"
)
"""“Move the end of 42 to Friday”, whose first day stays."""
_NOT_NEEDED: Final = re.compile(
    r"^(?:(?:i|we|they|he|she) )?(?:(?:do not|don't|does not|doesn't|won't) need\b.*\b(?:any ?more|any longer)\b"
    r"|no longer (?:need|want|require)\b)|^(?!is\b|are\b).*\b(?:is|are) (?:no longer (?:needed|wanted|required)"
    r"|not (?:needed|wanted|required) (?:any ?more|any longer))\b"
)
_WANTED: Final = re.compile(r"^(?:(?:i|we) )?(?:need|want)\b.*\b(?:earlier|later|sooner)\b")


def _indirect(low: str, slots: Slots) -> Intent | None:
    """An order without a verb of its own: what is needed, what is to be had done, how something ought to be."""
    if _NEEDED.search(low) and slots.has_vehicle and slots.test_type and slots.start:
        return Intent("book")
    if (match := _PASSIVE.search(low)) and match.lastgroup and (slots.has_vehicle or slots.allocation_id is not None):
        return Intent(match.lastgroup, sure=not _REPORTED.search(low))
    shifted = (slots.allocation_id is not None or slots.has_vehicle) and slots.shift is not None
    for pattern, name, fits in (
        (_NOT_NEEDED, "cancel", slots.allocation_id is not None),
        (_LONGER, "extend", shifted),
        (_WANTED, "move", shifted),
    ):
        if fits and pattern.search(low):
            return Intent(name, sure=False)
    if (match := _SHOULD.search(low)) and match.lastgroup and slots.allocation_id is not None:
        return Intent(match.lastgroup, sure=False)
    return None


def order_in(text: str, slots: Slots) -> Intent | None:
    """The order in ``text``; loose verbs ("put", "change", "drop") need something they are about."""
    low = stripped(text) or plain(text)
    hits = [(match.start(), name, match[0]) for name, order in _ORDERS if (match := order.search(low))]
    about = slots.has_vehicle or slots.allocation_id is not None or bool(_IT.search(low))
    if not is_question(text):
        about = about or slots.mine or (bool(slots.dyno or slots.avoided) and bool(_EVERYTHING.search(low)))
    hits = [hit for hit in hits if about or not _LOOSE_VERBS.search(hit[2])]
    if not is_question(text):
        if not hits:
            return _indirect(low, slots)
        weak = bool(_MAKE_IT.match(low))
        sure = bool(re.search(r"\bplease\b", low)) or not _REPORTED.search(low)
        return Intent(_meant(min(hits), low, slots), sure=sure, weak=weak)
    if hits and not _QUESTION.search(stripped(text)):
        return Intent(_meant(min(hits), low, slots), sure=False)
    return _asked_for(text, low, slots, about=about)


def _asked_for(text: str, low: str, slots: Slots, *, about: bool) -> Intent | None:
    """What a question about a change comes to: an offer at most."""
    if _MAY_IT.match(low) and (slots.start or slots.dyno or slots.shift):
        return Intent("move", sure=False)
    change = slots.start or slots.end or slots.dyno or slots.shift or slots.days
    if (gerund := _GERUND.match(low)) and gerund.lastgroup and slots.allocation_id is not None and change:
        return Intent(gerund.lastgroup, sure=False)
    if _MAY_I.search(stripped(text)) and about:
        for name, verb in _MENTIONS[1:]:
            if verb.search(low):
                return Intent(name, sure=False)
    return None
