"""Fixtures of the agent's tests."""

from tests.fixtures.agent import chat, lab, lab_template, labs, offline_chat

__all__ = ["chat", "lab", "lab_template", "labs", "offline_chat"]
