"""Rules for questions about what is free, when, and why not. Data; the first that fits wins."""

from typing import Final

from dyno_core.agent.models.offline.guards import (
    Rule,
    any_dyno,
    any_dyno_in_a_window,
    for_a_kind_of_vehicle,
    for_something,
    is_narrowed,
    no_vehicle,
    one_dyno_alone,
    one_dyno_for_days,
    one_of,
)

_IDLE = (
    r"\b(?:dynos?|rigs?|machines?)\b.*\b(?:free|available|idle|empty|unused|vacant|open|unoccupied|not (?:used|booked"
    r"|busy)|nothing (?:planned|booked|on|to do)|standing still)\b"
    r"|\b(?:free|available|idle|empty|unused|vacant|unoccupied)\b.*\b(?:dynos?|rigs?|machines?)\b"
    r"|\b(?:dynos?|rigs?|machines?)\b.*\b(?:no|without|zero)(?: any)? (?:bookings?|tests?|allocations?|reservations?)\b"
)
_FREE = (
    r"\b(?:free|available|availability|availabilities|open|openings?|spare|vacant|unoccupied|recommend\w*|suitable"
    r"|suggest\w*)\b|(?:which|what|any) (?:dynos?|rigs?) (?:can|could|fits?|would)|^who can (?:run|take|test|do)\b"
    r"|\b(?:have|got|is there|are there|there) (?:an? |any )?(?:free )?(?:dynos?|rigs?)\b"
    r"|(?:can|could|may|should) (?:i|we) (?:get|have|book|reserve|use|schedule|run)"
    r"|possible to (?:book|schedule|reserve|get|run)"
    r"|(?:need|find|get|give|looking for|want|search for)(?: me| us)? an? (?:dyno|rig)|any (?:room"
    r"|space|capacity|(?:\S+[ -](?:capable|able|ready|suitable) )?(?:dyno|rig))\b"
    r"|(?:have|got|is there) (?:anything|something|room|space) (?:for"
    r"|open)|^is there (?:any |still |some )*(?:room|space)\b"
)


HELD: Final[tuple[Rule, ...]] = (
    (
        "holders",
        one_of(
            (
                r"\bwhy\b.*(?:can't|cannot|can not|couldn't|isn't|is there (?:no|not)|not (?:available|free"
                r"|possible|get|have)|unavailable|blocked|taken|full|busy|occupied|booked|(?:is|are|was|can|could|does|do|did|will|would)\b.*\bnot\b)"
            ),
            r"what(?:'s| is) (?:blocking|stopping|preventing|in the way|holding)",
            r"\bprevents?\b|\bin (?:my|our|its) way\b",
            r"\bwho(?:m)? (?:can|could|should|do|must) (?:i|we) (?:ask|talk to|speak to)\b(?!.*\babout\b)",
            r"who(?:'s| is)? (?:blocking|holding|holds|has|got|on|using|uses|took|booked|testing|running)\b",
            r"\bavailability\b|\b(?:which|what) days?\b|\bgaps?\b",
            r"\bwho(?:se|s|'s) (?:vehicle|truck|car|test)\b",
            r"\b(?:until|till) when\b|\bnext (?:free|available|open) (?:day|slot|gap|window|time|date)s?\b",
            r"\bhow long\b.*\b(?:free|open|available|booked|taken|busy|occupied|blocked|held)\b",
            r"\bwhen\b.*\b(?:free|available|open|done|vacant)\b",
            r"^(?:can|could|may) (?:i|we) (?:have|get|use|book|take)\b",
            (
                r"^(?:is|are|will|was|does|do)\b.*\b(?:free|available|open|vacant|busy|taken|occupied|booked"
                r"|in use|anybody|anyone|somebody|someone|empty|idle|used)\b"
            ),
            r"^(?:is|are) (?:anybody|anyone|somebody)\b",
            r"^(?!how\b).*\b(?:free|available|busy|taken)\b[^?]*\?$",
        ),
        one_dyno_alone,
    ),
    (
        "holders",
        r"\b(?:when|next|earliest|first|soonest)\b.*\b(?:free|available|open|vacant|gaps?|slots?|windows?)\b",
        one_dyno_for_days,
    ),
    (
        "explain",
        one_of(
            (
                r"\bwhy\b(?!.*\brequests?\b).*(?:can't|cannot|can not|couldn't|isn't|is there (?:no|not)"
                r"|is no\b|no dyno"
                r"|not (?:available|free|possible|get|have)|nothing|unavailable|blocked|taken|full|busy"
                r"|(?:is|are|was|can|could|does|do|did|will|would)\b.*\bnot\b)"
            ),
            r"^explain\b",
            r"what(?:'s| is) (?:blocking|stopping|preventing|in the way)",
        ),
        lambda slots: slots.allocation_id is None,
    ),
    ("explain", r"^(?:but |and |so )?why not\b", lambda slots: slots.dyno is not None or slots.has_vehicle),
)

FREE: Final[tuple[Rule, ...]] = (
    (
        "check",
        (
            r"^(?:is|are|will)(?! (?:anything|something|there|any|a|an)\b)(?: \S+){1,3} (?:be )?"
            r"(?:free|available|busy|booked|idle)\b"
        ),
        lambda slots: slots.has_vehicle and slots.test_type is None and slots.dyno is None and slots.days is None,
    ),
    (
        "window",
        one_of(
            r"next (?:available|free|open|possible|slot|window|time|gap|chance)",
            r"\bhow soon\b",
            r"\bfind\b.*\b\d+ days?\b",
            r"\b(?:gaps?|slots?|openings?|room|space)\b.*\b\d+ ?d(?:ays?)?\b",
            r"\b\d+ ?d(?:ays?)?\b.*\b(?:gaps?|slots?|openings?)\b",
            r"\bearliest\b",
            r"\bsoonest\b",
            r"first (?:available|free|possible|open|gap|slot|window)",
            r"as soon as possible",
            (
                r"\bwhen\b.*\b(?:can|could|will|would|is|are)\b.*\b(?:free|available|open|opening|get|fit|room"
                r"|run|have|book|next(?! (?:on|booked|tested|planned|due|up|running|scheduled)\b)(?!\W*$))\b"
            ),
            r"next .*\bopening",
            r"\bwhen (?:can|could) (?:i|we)\b",
        ),
        for_something,
    ),
    (
        "free",
        r"^where (?:can|could|would|should|do) (?:i|we)\b.*\b(?:put|test|run|place|book|do|get)\b",
        lambda slots: slots.has_vehicle and slots.allocation_id is None,
    ),
    (
        "free",
        r"^(?:can|could|may|will|would|does)\b.*\b(?:go|fit|run|get|stand|be (?:put|placed|tested))\b.*\bon(?:to)?\b",
        lambda slots: slots.has_vehicle and slots.dyno is not None,
    ),
    (
        "running",
        r"\b(?:vehicles?|trucks?|cars?|what|who|how many)\b.*\bon test\b",
        lambda slots: not slots.has_vehicle and slots.start is None,
    ),
    (
        "running",
        one_of(
            r"(?:on|at) (?:the |our )?(?:dynos?|rigs?) (?:today|now|at the moment|currently|right now)\b",
            (
                r"(?:running|runs?|testing|on the dynos?|happening|going on|in progress|tested)\b.*\b(?:now|currently"
                r"|at the moment|today)\b"
            ),
            r"currently (?:running|on|being)",
            r"what(?:'s| is) (?:running|on the dynos?)",
            r"^what runs\b",
            r"who(?:'s| is) on\b.*\bnow",
        ),
        no_vehicle,
    ),
    (
        "running",
        r"\brunning\b|\bin progress\b",
        lambda slots: slots.start is None and slots.allocation_id is None and no_vehicle(slots) and is_narrowed(slots),
    ),
    (
        "dynos",
        one_of(
            r"\b(?:which|what|any) (?:dynos?|rigs?) (?:can|could|support\w*|takes?|do|run|are able|fits?)\b",
            r"\b(?:which|what) (?:dynos?|rigs?) (?:does|runs?|handles?|is (?:able|good|made)|accepts?|has)\b",
            r"\b(?:dynos?|rigs?)(?: (?:that|which))? (?:can|support\w*|are able)\b",
            r"\bcan any (?:dyno|rig)\b",
            r"^(?:(?:show|list|which|what|all|the)\s+)*(?:dynos|rigs) for\b",
        ),
        lambda slots: slots.start is None and slots.days is None and not slots.has_vehicle,
    ),
    (
        "idle",
        _IDLE,
        any_dyno_in_a_window,
    ),
    (
        "free",
        (
            r"^(?!.*\b(?:booked|planned|scheduled|running|cancell?ed|completed|late|overdue|going on|happening|starts?"
            r"|starting|ends?|ending|on test|conflict\w*)\b).*\b(?:anything|something|room|space|spots?|slots?"
            r"|openings?|gaps?)\b"
        ),
        for_a_kind_of_vehicle,
    ),
    (
        "idle",
        rf"(?=.*\b(?:now|currently|at the moment|today)\b)(?:{_IDLE})",
        any_dyno,
    ),
    (
        "window",
        r"\b(?:looking|searching|search|look) for\b",
        lambda slots: slots.days is not None and (slots.start is None or slots.window in ("week", "month")),
    ),
    (
        "free",
        r"^(?:and |so )?(?:what|how) about\b",
        lambda slots: for_a_kind_of_vehicle(slots) and slots.start is not None,
    ),
    (
        "free",
        rf"{_FREE}|\b(?:find|show|list|which|what)\b.{{0,20}}\b(?:dynos?|rigs?)\b.*\bfor\b",
        for_something,
    ),
)
