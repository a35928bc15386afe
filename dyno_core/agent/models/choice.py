"""Choosing the model. Libraries of models are heavy (1.4 s for Gemini's): only that of the one in use is imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from langchain_core.language_models import BaseChatModel

from dyno_core.agent.models.failures import FAILURES
from dyno_core.agent.models.offline import OfflineChat
from dyno_core.agent.models.prices import Price, price_of
from dyno_core.agent.models.providers import GEMINI, provided, split
from dyno_core.settings import Settings

OFFLINE: Final = "offline"


@dataclass(frozen=True)
class ChosenModel:
    """``name`` as it is recorded with each answer; ``failures``: what its client raises; ``price``: if known."""

    model: BaseChatModel
    name: str
    failures: tuple[type[Exception], ...] = FAILURES
    price: Price | None = None

    @property
    def who(self) -> str:
        """The model in a sentence."""
        return "Gemini" if self.name.startswith("gemini") else f"The model {self.name}"


def model_name(settings: Settings, *, offline: bool = False) -> str:
    """Who answers: the model of ``DYNO_MODEL``, or the offline one where that is wished or Gemini has no key."""
    return OFFLINE if offline else settings.chat_model


def caption(name: str) -> str:
    """Who answers, as people are told."""
    if name == OFFLINE:
        return "Offline model: it understands plain requests by rules, without a network."
    return f"{name} answers. It can be wrong; what is booked is shown for your yes first."


def choose_model(
    settings: Settings,
    *,
    today: date,
    test_types: Mapping[str, tuple[str, ...]],
    dynos: Sequence[str],
    facilities: Sequence[str] = (),
    offline: bool = False,
) -> ChosenModel:
    """The model that is set, unless ``offline`` is wished; ``test_types``, ``dynos`` and ``facilities`` are the
    lab's words.

    Raises `ModelFailed` when the package of a provider is not installed or its client can't be made.
    """
    name = model_name(settings, offline=offline)
    if name == OFFLINE:
        words = OfflineChat(today=today, test_types=test_types, dynos=tuple(dynos), sites=tuple(facilities))
        return ChosenModel(words, name)
    price = price_of(name, settings=settings, today=today)
    if split(name)[0] != GEMINI:
        # Each provider's client raises errors of its own kind.
        return ChosenModel(provided(name), name, failures=(Exception,), price=price)
    from dyno_core.agent.models.gemini import gemini  # for weight: 1.4 s  # noqa: PLC0415

    return ChosenModel(gemini(name, settings), name, price=price)
