"""Which language model answers: Gemini with a key, else the offline model."""

from dyno_core.agent.models.choice import OFFLINE, ChosenModel, caption, choose_model, model_name
from dyno_core.agent.models.failures import ModelFailed, said_nothing, told

__all__ = [
    "OFFLINE",
    "ChosenModel",
    "ModelFailed",
    "caption",
    "choose_model",
    "model_name",
    "said_nothing",
    "told",
]
