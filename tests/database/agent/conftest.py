"""Fixtures of the agent's tests."""

from tests.fixtures.agent import chat, lab, offline_chat

__all__ = ["chat", "lab", "offline_chat"]
