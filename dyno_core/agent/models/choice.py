"""Choosing the model. Gemini's library costs a second and a half to import, so it is imported when a key is set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from langchain_core.language_models import BaseChatModel

from dyno_core.agent.models.offline import OfflineChat
from dyno_core.settings import Settings

OFFLINE: Final = "offline"


@dataclass(frozen=True)
class ChosenModel:
    """``name`` as it is recorded with each answer."""

    model: BaseChatModel
    name: str


def model_name(settings: Settings, *, offline: bool = False) -> str:
    return OFFLINE if offline or settings.gemini_api_key is None else settings.dyno_model


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
    offline: bool = False,
) -> ChosenModel:
    """Gemini when a key is set, unless ``offline`` is wished; ``test_types`` and ``dynos`` are the lab's words."""
    name = model_name(settings, offline=offline)
    if name == OFFLINE:
        model: BaseChatModel = OfflineChat(today=today, test_types=test_types, dynos=tuple(dynos))
    else:
        from dyno_core.agent.models.gemini import gemini  # for weight: 1.4 s  # noqa: PLC0415

        model = gemini(settings)
    return ChosenModel(model=model, name=name)
