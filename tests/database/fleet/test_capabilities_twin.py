"""The generated column and its Python twin say the same of any lists."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dyno_core.database.engine import Database
from dyno_core.database.models import DynoRow
from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES, capabilities, envelope_of

TESTS = ("4K certification", "brake", "évap", "a b")
tokens = st.sampled_from([f"{t}|{d}|{w}" for t in (*TESTS, "other") for d in DRIVES for w in WEIGHT_CLASSES])


@given(
    tests=st.lists(st.sampled_from(TESTS), max_size=5),
    drives=st.lists(st.sampled_from(DRIVES), max_size=3),
    weights=st.lists(st.sampled_from(WEIGHT_CLASSES), max_size=3),
    excluded=st.lists(tokens, max_size=6),
)
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_and_python_derive_the_same_capabilities(
    fresh_database: Database, tests: list[str], drives: list[str], weights: list[str], excluded: list[str]
) -> None:
    with fresh_database.writing() as session:
        row = DynoRow(
            name="twin",
            facility="x",
            supported_test_types=tests,
            supported_drives=drives,
            supported_weight_classes=weights,
            excluded_combinations=excluded,
        )
        session.add(row)
        session.flush()
        session.refresh(row)
        stored = row.capabilities
        session.rollback()
    expected = capabilities(tuple(tests), tuple(drives), tuple(weights), tuple(excluded))
    assert sorted(stored) == sorted(expected)


@given(st.sets(tokens))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_an_envelope_gives_back_exactly_the_tokens_it_was_derived_from(wanted: set[str]) -> None:
    envelope = envelope_of(frozenset(wanted))
    assert capabilities(envelope.test_types, envelope.drives, envelope.weight_classes, envelope.excluded) == wanted
