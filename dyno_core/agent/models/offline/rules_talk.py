"""Rules for what is no question about the plan. Data; the first that fits wins."""

from typing import Final

from dyno_core.agent.models.offline.guards import Rule, always, no_vehicle, one_of

TALK: Final[tuple[Rule, ...]] = (
    (
        "nothing",
        one_of(
            r"^(?:never ?mind|nevermind|forget (?:it|that|about it)|stop|abort|leave it|no thanks|no thank you)\W*$",
            r"^nothing\b[\w\s,]{0,12}\W*$|^(?:maybe|perhaps) later\W*$|^(?:don't|do not) do (?:anything|it|that)\b",
        ),
        always,
    ),
    (
        "hello",
        one_of(
            (
                r"^(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|morning|howdy"
                r"|greetings)\b[\s\w]{0,12}(?:,? ?how (?:are|is|do) [\w\s]+)?\W*$"
            ),
            r"^how are you\b[\w\s]*\W*$",
            r"^what's up\W*$",
        ),
        always,
    ),
    (
        "thanks",
        one_of(
            (
                r"^(?:thanks|thank you|thx|great|perfect|cheers|ok|okay|good|fine|cool|nice|bye|goodbye|alright"
                r"|all right|got it|see you|have a (?:nice|good) \w+)\b[\s\w]{0,20}\W*$"
            ),
            r"^(?:so |very )*much\W*$",  # “thank you” before it is not looked at, as in “thank you, book …”
            r"^[a-z ,.!']{0,40}\b(?:thanks|thank you)\b[a-z ,.!']{0,40}$",
        ),
        no_vehicle,
    ),
    (
        "beyond",
        one_of(
            r"\b(?:weather|rain(?:y|ing)?|snow(?:y|ing)?|sunny|football|soccer|horoscope|jokes?|poems?)\b",
            r"\b(?:news|lunch|dinner|cafeteria|canteen|stock price|movies?|songs?|recipes?)\b",
        ),
        no_vehicle,
    ),
    (
        "why",
        one_of(
            r"^(?:but |and |ok |so )*(?:tell me |explain(?: me)? )?why(?: (?:not|is that|that|so|no))?(?: please)?\W*$",
            r"^(?:but |and |ok |so )*explain(?: (?:it|that|this|please|then))*\W*$",
        ),
        always,
    ),
    (
        "help",
        one_of(
            r"^help\b",
            r"what (?:else )?can(?:'t|not)? (?:you (?:not )?(?:do|help)|i (?:do|ask|say))",
            r"what do you know",
            (
                r"how (?:do|can|should|would|could) (?:i|we|you|one)\b.*\b(?:book|cancel|move|use|ask|reserve"
                r"|schedule|allocate|undo|extend|change|delete)"
            ),
            r"\bhow (?:to|does this)\b",
            r"what do you do\b",
            r"your abilities",
            r"^\?+$",
        ),
        always,
    ),
    (
        "adding",
        r"\b(?:how|where) (?:do|can|should|could|would) (?:i|we|one|you) (?:add|enter|create|register|set up)\b",
        always,
    ),
    (
        "roi",
        one_of(
            r"\broi\b",
            r"\breturn on (?:the |our )?investment\b",
            r"\b(?:how much|what|how many)\b.*\b(?:saved?|savings?)\b",
            r"\bpay ?back (?:time|period)\b",
        ),
        lambda slots: not slots.has_vehicle and slots.allocation_id is None,
    ),
    (
        "test_types",
        one_of(
            r"\b(?:what|which|list|show|all)\b.*\b(?:test types|types of tests?|kinds? of tests?)\b",
            r"^(?:what|which) tests (?:can|do|could) (?:you|we|i)\b(?!.*\b(?:have|finish|complete))",
        ),
        lambda slots: slots.dyno is None and not slots.has_vehicle,
    ),
    (
        "now",
        one_of(
            r"what(?:'s| is) (?:the )?(?:current |today's )?(?:date|time|day)\b",
            r"what (?:date|day|time|week) (?:is|are)\b",
            r"today'?s date",
            r"current (?:date|time|week)",
            r"^(?:date|day|time)\W*$",
            r"which (?:week|day) (?:is|are)\b",
        ),
        always,
    ),
)
