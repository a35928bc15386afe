"""Each named constraint and the sentence it means. Matched by sqlstate and name, never by text."""

from typing import Any, Final

import psycopg

from dyno_core.errors import Busy, DynoError, InvalidInput

VIOLATIONS: Final[dict[str, str]] = {
    "ck_accepted_conflicts_reason_given": "A conflict is accepted with a reason that others understand; give one.",
    "ck_allocations_added_days_not_negative": "Added days can't be negative; give zero or more.",
    "ck_allocations_dates_plausible": "The dates lie outside the years 2000 to 2099; give other days.",
    "ck_allocations_end_not_before_start": "The end lies before the start; give an end on or after the start.",
    "ck_allocations_kind_known": "An allocation is either a test or a maintenance window; choose one of them.",
    "ck_allocations_miles_not_negative": "Miles can't be negative; give zero or more.",
    "ck_allocations_miles_per_day_positive": "Miles per day must be more than zero; give the rate of the dyno.",
    "ck_allocations_source_known": "The channel of this change is unknown, so it was not stored; use the app itself.",
    "ck_allocations_status_known": "That is not a status of an allocation; choose one from the list.",
    "ck_allocations_test_type_with_tests_only": "A test needs a test type and a maintenance window has none; mend it.",
    "ck_allocations_vehicle_with_tests_only": "A test needs a vehicle and a maintenance window has none; mend it.",
    "ck_audit_log_channel_known": "The channel of this change is unknown, so it was not stored; use the app itself.",
    "ck_calendar_feeds_one_subject": "A calendar feed is of a dyno, of a vehicle or of a person; choose one of them.",
    "ck_calendar_feeds_token_hashed": "The address of this calendar feed can't be stored; make another one.",
    "ck_capability_rules_drive_type_known": "The drive of a rule is 2WD, AWD or any; choose one of them.",
    "ck_capability_rules_weight_class_known": "The weight class of a rule is <10K, >10K or any; choose one of them.",
    "ck_chat_messages_role_known": "A message comes from a person or from the assistant; this one was not stored.",
    "ck_dynos_drives_known": "A dyno supports 2WD, AWD or both; choose from these.",
    "ck_dynos_name_tidy": "A dyno needs a name without blanks at its ends; give one.",
    "ck_dynos_weight_classes_known": "A dyno supports the weight classes <10K, >10K or both; choose from these.",
    "ck_imported_rows_one_outcome": "A workbook row is an allocation, a request or rejected; import the file again.",
    "ck_maintenance_category_known": "That is not a category of maintenance; choose one from the list.",
    "ck_requests_duration_plausible": "A request lasts 1 to 1,000 days; give a duration in that range.",
    "ck_requests_end_not_before_start": "The wished end lies before the wished start; give a later end.",
    "ck_requests_latest_end_not_before_end": "The latest end lies before the wished end; give a later one.",
    "ck_requests_miles_not_negative": "Miles can't be negative; give zero or more.",
    "ck_requests_placed_has_allocation": "A placed request has an allocation and no other has; look at it again.",
    "ck_requests_source_known": "The channel of this change is unknown, so it was not stored; use the app itself.",
    "ck_requests_status_known": "That is not a status of a request; choose one from the list.",
    "ck_saved_views_name_tidy": "A view needs a name of 1 to 60 characters without blanks at its ends; give one.",
    "ck_saved_views_page_known": "Views of this page can't be saved; save one of the calendar or of the planning.",
    "ck_saved_views_query_short": "These filters are too long to be saved; choose fewer values.",
    "ck_service_periods_end_not_before_start": "The service period ends before it starts; give a later end.",
    "ck_test_types_fixed_days_plausible": "A fixed duration is 1 to 366 days; give one in that range.",
    "ck_test_types_miles_per_day_positive": "Miles per day must be more than zero; give the rate of the dyno.",
    "ck_test_types_name_tidy": "A test type needs a name without “|” and without blanks at its ends; give one.",
    "ck_users_email_tidy": "That is not an e-mail address; write it as name@example.com.",
    "ck_users_role_known": "That is not a role; choose viewer, engineer, planner, manager or admin.",
    "ck_vehicles_class_follows_weight": "The weight class contradicts the weight; leave the class to follow from it.",
    "ck_vehicles_drive_type_known": "A vehicle's drive is 2WD or AWD; choose one of them.",
    "ck_vehicles_test_drive_known": "The drive a vehicle is tested in is 2WD or AWD; choose one of them.",
    "ck_vehicles_vin_well_formed": "A VIN has 17 letters and digits without I, O and Q; check it.",
    "ck_vehicles_weight_class_known": "A vehicle's weight class is <10K or >10K; choose one of them.",
    "ck_vehicles_weight_plausible": "A vehicle weighs between 1 and 100,000 lb; check the weight.",
    "ex_allocations_dyno_overlap": "The dyno is taken on some of these days; choose other days or another dyno.",
    "ex_allocations_vehicle_overlap": "The vehicle is already on a dyno on some of these days; choose other days.",
    "ex_service_periods_overlap": "The dyno has another service period on some of these days; change that one.",
    "uq_accepted_conflicts_subject": "This conflict was accepted meanwhile; look at the list as it is now.",
    "uq_allocations_request_key": "This very request was already carried out; look at the plan.",
    "uq_calendar_feeds_token_hash": "This calendar feed is there already; make another one.",
    "uq_capability_rules_test_type_drive_type_weight_class": "There is a rule for this combination; change that one.",
    "uq_dynos_name": "There is a dyno of this name; choose another name.",
    "uq_feedback_message_id_user_id": "You have already rated this answer; change that rating.",
    "uq_requests_allocation_id": "This allocation already answers another request; choose another one.",
    "uq_requests_request_key": "This very request was already filed; look at the list of requests.",
    "uq_saved_views_owner_id_page_name_lower": "You have a view of this name; choose another name.",
    "uq_test_types_name_lower": "There is a test type of this name; choose another name.",
    "uq_users_email": "There is an account with this e-mail address; choose another one.",
    "uq_vehicle_merges_merged_id": "This vehicle is part of another one already; look at it as it is now.",
    "uq_vehicles_vin": "There is a vehicle with this VIN; use that one.",
    "audit_log_append_only": "The audit log can't be changed; it only grows.",
}
"""Constraint → sentence. A test trips every one of them."""


_UNSTORABLE: Final = ("22003", "22021", "22P05")
"""A number out of range, and what is no text in UTF-8. psycopg refuses a NUL by itself, without a state."""


class ConstraintRefused(InvalidInput):
    """A constraint of the database refused the change; ``facts["constraint"]`` names it."""

    code = "constraint"


def is_overlap(refusal: ConstraintRefused) -> bool:
    """Whether two allocations would have held one dyno, or one vehicle, on the same day."""
    return refusal.facts["constraint"] in ("ex_allocations_dyno_overlap", "ex_allocations_vehicle_overlap")


def refusal_of(original: Any) -> DynoError | None:
    """The refusal a driver's error stands for, or None when it is a defect."""
    sqlstate = getattr(original, "sqlstate", None)
    if sqlstate in ("55P03", "57014"):
        return Busy()
    if sqlstate in _UNSTORABLE or (sqlstate is None and isinstance(original, psycopg.DataError)):
        return InvalidInput("A text or number in this can't be stored or looked up; check what you entered.")
    if sqlstate is None or not sqlstate.startswith("23"):
        return None
    constraint = original.diag.constraint_name
    sentence = VIOLATIONS.get(constraint or "")
    return ConstraintRefused(sentence, constraint=constraint) if sentence else None
