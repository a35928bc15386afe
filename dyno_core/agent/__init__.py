"""The agent: understands what people want of the plan, looks it up, and changes it after a yes."""

from dyno_core.agent.agent import Agent, make_agent
from dyno_core.agent.chat_cli import chat_loop
from dyno_core.agent.checkpoints import StillAnswering
from dyno_core.agent.conversations import (
    Conversation,
    ConversationNotFound,
    Message,
    create_conversation,
    delete_conversation,
    get_conversation,
    list_conversations,
    messages_of,
    rate_message,
    rename_conversation,
)
from dyno_core.agent.events import Event
from dyno_core.agent.runs import Run
from dyno_core.agent.turns import (
    UNDO,
    Decision,
    Pending,
    answer_approval,
    decision_in_words,
    pending,
    run_turn,
    run_undo,
)

__all__ = [
    "UNDO",
    "Agent",
    "Conversation",
    "ConversationNotFound",
    "Decision",
    "Event",
    "Message",
    "Pending",
    "Run",
    "StillAnswering",
    "answer_approval",
    "chat_loop",
    "create_conversation",
    "decision_in_words",
    "delete_conversation",
    "get_conversation",
    "list_conversations",
    "make_agent",
    "messages_of",
    "pending",
    "rate_message",
    "rename_conversation",
    "run_turn",
    "run_undo",
]
