"""Rules for questions about the whole plan, and about its rows. Data; the first that fits wins."""

from typing import Final

from dyno_core.agent.models.offline.guards import Rule, always, has_window, no_vehicle, one_of, only_a_dyno, vehicle

LACKING: Final = {
    "weight": "weight_class", "drive": "drive_type", "vin": "vin", "tag": "tag", "contact": "contact",
    "program": "program",
}  # fmt: skip
"""What a vehicle can lack, by the word for it: the column that is empty then."""


PLAN: Final[tuple[Rule, ...]] = (
    (
        "incomplete",
        (
            rf"\b(?:vehicles|trucks|cars)\b.*\b(?:no|without|missing|lack\w*|unknown|don't have|have not)\b.*"
            rf"\b(?:{'|'.join(LACKING)})\b|\b(?:missing|unknown|no)\b.*\b(?:{'|'.join(LACKING)})\b.*\b(?:vehicles"
            rf"|trucks|cars)\b"
        ),
        no_vehicle,
    ),
    (
        "conflicts",
        one_of(
            r"conflict",
            r"double[- ]?book",
            r"over-?book",
            r"clash",
            r"what(?:'s| is) wrong",
            r"overlap",
            r"collision",
            r"collid",
            r"\btwice\b",
            r"\b(?:problems?|errors?|issues?|trouble|wrong)\b.*\b(?:plan|schedule|calendar|bookings)\b",
            (
                r"\b(?:plan|schedule|calendar)\b.*\b(?:clean|consistent|valid|healthy|in order|ok|okay|fine|free of"
                r"|problems?|errors?)\b"
            ),
        ),
        always,
    ),
    (
        "utilization",
        one_of(
            r"utili[sz]",
            r"how (?:busy|full|loaded|well|much capacity)",
            r"how many days\b.*\b(?:booked|busy|used|in use|occupied|taken|utili[sz]ed)\b",
            r"occupancy",
            r"workload",
            r"(?:the|our) load",
            r"\busage\b",
            r"bottle ?neck",
            r"\bbusiest\b",
            r"(?:most|least) (?:used|booked|loaded|busy)",
            r"capacity (?:used|left|spent)|^(?:the |our )?capacity\b",
            r"\b(?:used|spare|free|our|unused|left over) capacity\b",
            r"\bidle time\b",
        ),
        always,
    ),
    (
        "requests",
        one_of(
            r"^(?:what|which|who|anything|anybody)\b.*\bneeds? an? (?:dyno|place|rig)\b",
            r"\brequests?\b",
            r"\b(?:vehicles?|trucks?|cars?|who|what|which|anything|tests?)\b.*\bwaiting\b",
            r"^(?:how many|who(?: else)?|what(?: else)?|is (?:any|some)\w+|are any|which ones)\b.*\bwaiting\b",
            r"unplaced",
            r"waiting list",
            r"\bqueue\b",
            r"(?:still|yet) (?:needs?|without|waiting|wait)\b",
            r"\bunscheduled\b",
            r"\bwaiting for (?:a )?(?:dyno|place|rig)",
            r"(?:could|can|can't|cannot|couldn't)(?: not)?(?: be)? placed?\b",
            r"not (?:yet )?placed",
            r"without a (?:dyno|place|rig)",
            r"(?:can't|doesn't|don't|didn't|not) fit\b",
            r"backlog",
            r"\bdemand\b",
        ),
        lambda slots: not (slots.has_vehicle and slots.test_type),
    ),
    (
        "maintenance",
        one_of(
            r"maint[ae]n",
            r"out of (?:service|order)",
            r"^(?!.*\b(?:truck|vehicle|car|engine|it)\b(?:'s| is| has| just)* (?:broken?|down)\b).*\b(?:broken|down)\b",
            r"service windows?",
            r"\bserviced\b",
            r"break ?down",
            r"calibrat",
            r"\brepair",
        ),
        lambda slots: no_vehicle(slots) and slots.allocation_id is None,
    ),
    (
        "count_in",
        one_of(
            r"(?:how many|number of|count|total)\b.*(?:complet|finish|\bdone\b)",
            r"(?:complet|finish)\w*.*\bcount\b",
        ),
        has_window,
    ),
    (
        "count",
        one_of(
            r"(?:how many|number of|count|total)\b.*(?:complet|finish|\bdone\b)",
            r"(?:complet|finish)\w*.*\bcount\b",
        ),
        always,
    ),
    (
        "counted",
        one_of(
            (
                r"\b(?:per|by|each|every|for each|for every|in each|on each) (?:test(?: ?type)?|type"
                r"|facilit(?:y|ies)|sites?|dynos?|rigs?|programs?|weeks?|months?|status|contact|engineer)s?\b"
            ),
            r"\b(?:which|what) (?:program|facility|site|dyno|rig|week|month)\b.*\b(?:most|fewest|least)\b"
            r".*\b(?:tests|bookings)\b",
        ),
        lambda slots: not slots.has_vehicle and slots.allocation_id is None and slots.days is None,
    ),
    (
        "contact",
        one_of(
            r"\bcontacts?\b",
            (
                r"whom? (?:owns|is responsible|(?:do|should|can|must) (?:i|we) (?:call|ask|talk|contact|email"
                r"|write|phone)|is in charge|to (?:call|ask|contact))"
            ),
            r"who's (?:responsible|in charge)",
            r"whose vehicle",
            r"\bresponsible\b",
            r"\bowner\b",
            r"engineer (?:for|of|behind)",
        ),
        always,
    ),
    (
        "late",
        one_of(
            r"\blate\b",
            r"overdue",
            r"\bdelay(?:ed|s)\b",
            r"\bbehind\b",
            r"\bslipp(?:ed|ing)\b",
            r"past (?:its|their) end",
            r"should have (?:ended|finished|started)",
            r"running over",
        ),
        lambda slots: no_vehicle(slots) and slots.allocation_id is None,
    ),
)

ROWS: Final[tuple[Rule, ...]] = (
    (
        "starts",
        one_of(
            (
                r"\b(?:starts?|starting|begins?|beginning|kicks? off|kicking off|goes? on"
                r"|going on(?= (?:the )?(?:dynos?|rigs?)\b)|comes? in|arrives?)\b"
            ),
        ),
        lambda slots: slots.start is not None and not slots.has_vehicle and slots.dyno is None,
    ),
    (
        "plan",
        (
            r"^(?:(?:which|what|show|list|all|the|me|of)\s+)*(?:[\w-]+ )?(?:tests?|bookings?|runs?)\b(?: that)?"
            r"(?: (?:were|was|got))? (?:done|completed|finished)\b"
        ),
        lambda slots: slots.start is not None and slots.status == "completed" and no_vehicle(slots),
    ),
    (
        "ends",
        one_of(
            (
                r"\b(?:ends?(?! of\b)|ending|finish(?:es|ing)?|done"
                r"|over(?!\s+(?:the|christmas|xmas|new|easter|next|this|\w+day)\b)|complet(?:es|ing)"
                r"|com(?:es?|ing) (?:off|out)|goes? off|leaves?|leaving|runs? out)\b"
            ),
        ),
        lambda slots: (slots.start or slots.end) is not None and not slots.has_vehicle and slots.allocation_id is None,
    ),
    (
        "plan",
        r".",
        lambda slots: has_window(slots) and only_a_dyno(slots),
    ),
    (
        "plan",
        one_of(
            r"\bwhat(?:'s| is)?(?: \w+)? on\b",
            r"who (?:has|is on|uses)",
            r"\bbooked\b",
            r"\btaken\b",
            r"\bbusy\b",
            r"\b(?:free|available|occupied|in use|plan|schedule|allocations|bookings|calendar)\b",
        ),
        only_a_dyno,
    ),
    (
        "plan",
        (
            r"\b(?:tests?|allocations?|bookings?|plan|schedule|runs?)\b"
            r"|^(?:(?:show|list|me|the|what about|how is)\s+)*program\b"
        ),
        lambda slots: bool(slots.program or slots.model_year) and not slots.has_vehicle and slots.allocation_id is None,
    ),
    (
        "status",
        one_of(
            r"\b(?:tests?|allocations?|bookings?|list|show|which|what|all|ones|anything|how many)\b",
            r"^\w+$",
        ),
        lambda slots: (
            slots.status is not None and not slots.has_vehicle and slots.start is None and slots.allocation_id is None
        ),
    ),
    (
        "plan",
        one_of(
            (
                r"\b(?:plan|planned|schedule|scheduled|what|what's|which|show|list|who|happening|tests?"
                r"|allocations?|bookings?|everything|anything|summary|overview|outlook)\b"
            ),
        ),
        lambda slots: bool(slots.start or slots.end) and not slots.has_vehicle and slots.allocation_id is None,
    ),
    (
        "plan",
        one_of(
            r"^(?:show|list|give|see|display)\b.*\b(?:plan|schedule|allocations|bookings|calendar)\b",
            r"^(?:the )?(?:plan|schedule)$",
        ),
        lambda slots: no_vehicle(slots) and slots.allocation_id is None,
    ),
    (
        "plan",
        r".",
        lambda slots: slots.mine and no_vehicle(slots) and slots.allocation_id is None,
    ),
    (
        "unable",
        one_of(
            r"^(?:start|complete|finish|close|swap|exchange|approve|reopen|un-?cancel|kill|restore|confirm)\b",
            r"^(?:mark|set|flag)\b.*\b(?:complete|completed|done|finished|running|started|in progress|tentative)\b",
        ),
        lambda slots: slots.allocation_id is not None or slots.has_vehicle,
    ),
    (
        "unable",
        one_of(
            r"^(?:please )?(?:swap|exchange)\b",
            r"^(?:add|create|import|upload)\b.*\b(?:dyno|rig|vehicle|user|workbook)\b",
        ),
        always,
    ),
    (
        "allocation",
        r".",
        lambda slots: slots.allocation_id is not None and not slots.has_vehicle,
    ),
    (
        "dynos",
        one_of(
            r"\b(?:list|show|what|which|all|how many|our|every|see|display)\b.*\b(?:dynos|rigs|dynamometers)\b",
            r"^(?:the )?(?:dynos|rigs)\W*$",
        ),
        lambda slots: slots.dyno is None,
    ),
    (
        "find_vehicle",
        one_of(
            r"\bweigh\w*\b|\bheavy or light\b|\b(?:does|has|is)\b.*\b(?:awd|2wd|4wd|fwd|rwd|4x4|4x2|all[- ]wheel)\b",
            r"^(?:please )?(?:find|search|look ?up|look for|details?|info|information|tell me about|describe)\b",
            r"\b(?:details?|how heavy|weight of|drive(?: type)? of|specs?|vin of|tag of|program of|information)\b",
            r"\b(?:model year|powertrain|build id)\b",
            r"\bwhat(?:'s| is)? (?:the |its )?(?:weight|drive|tag|vin|program|kind|model year|build|powertrain|team)\b",
            r"\b(?:what|which) (?:(?:type|kind) of )?(?:drive|vehicle|truck|car)\b.*\b(?:has|have|is)\b",
        ),
        vehicle,
    ),
    (
        "find_vehicle",
        r"^(?:please )?(?:find|search|look ?up|look for)\b",
        lambda slots: slots.dyno is None,
    ),
    (
        "find_vehicle",
        one_of(
            r"\b(?:show|list|which|what|all|how many)\b.*\b(?:vehicles|trucks|cars)\b",
            r"^(?:vehicles|trucks|cars) (?:in|of) program",
        ),
        no_vehicle,
    ),
    (
        "dyno",
        r".",
        lambda slots: slots.dyno is not None and not slots.has_vehicle,
    ),
)
