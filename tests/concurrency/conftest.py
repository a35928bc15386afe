"""Fixtures of the storms and kills that go through the agent."""

from tests.fixtures.agent import chat, lab, lab_template, labs, offline_chat

__all__ = ["chat", "lab", "lab_template", "labs", "offline_chat"]
