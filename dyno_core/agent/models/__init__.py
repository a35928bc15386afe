"""Which language model answers: Gemini with a key, else the offline model."""

from dyno_core.agent.models.choice import ChosenModel, choose_model
from dyno_core.agent.models.failures import ModelFailed, said_nothing, told

__all__ = ["ChosenModel", "ModelFailed", "choose_model", "said_nothing", "told"]
