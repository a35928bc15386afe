"""What people see when something does not work: the sentence of a refusal, or a reference number."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dyno_core.errors import DynoError
from dyno_core.telemetry import reference_number
from dyno_core.ui.quoting import unmarked

_log = logging.getLogger(__name__)


@contextmanager
def presented() -> Iterator[None]:
    """Shows what went wrong inside and goes on after the block.

    A `DynoError` is shown in its own words; of anything else only a number, under which the log has all of it.
    Streamlit's own signals (stop, rerun) pass.
    """
    try:
        yield
    except DynoError as refusal:
        st.error(unmarked(str(refusal)), icon=":material/warning:")
    except Exception as defect:  # noqa: BLE001 - the last stop before a person: logged whole, shown as a number
        st.error(unexpected(defect), icon=":material/warning:")


def unexpected(defect: Exception) -> str:
    """Log a defect and return the sentence to show instead."""
    reference = reference_number()
    _log.error("reference %s", reference, exc_info=defect)
    return (
        f"Something went wrong on our side (reference {reference}). "
        "Try again; if it stays, tell an administrator this reference."
    )
