"""Which language model answers, how it is listened to, and what people are told when it fails."""

from dyno_core.agent.models.choice import OFFLINE, ChosenModel, caption, choose_model, model_name
from dyno_core.agent.models.failures import ModelFailed
from dyno_core.agent.models.listening import Listener

__all__ = [
    "OFFLINE",
    "ChosenModel",
    "Listener",
    "ModelFailed",
    "caption",
    "choose_model",
    "model_name",
]
