"""The offline model: the agent without a key and without a network."""

from dyno_core.agent.models.offline.chat import OfflineChat
from dyno_core.agent.models.offline.vocabulary import DEFAULT_TEST_TYPES

__all__ = ["DEFAULT_TEST_TYPES", "OfflineChat"]
