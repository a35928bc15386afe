"""The agent as a graph: what it does in a turn, and where it stops to ask."""

from copy import copy
from functools import cache
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.prebuilt import ToolNode

from dyno_core.agent import nodes
from dyno_core.agent.context import AgentContext
from dyno_core.agent.nodes import State
from dyno_core.agent.tools import TOOLS


def compiled(saver: BaseCheckpointSaver[Any] | None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph on one saver; None keeps nothing, and nothing can be asked.

    Each turn has a saver of its own. Compiling takes longer than a short answer, so all turns share what was compiled.
    """
    graph = copy(_compiled())
    graph.checkpointer = saver
    return graph


@cache
def _compiled() -> CompiledStateGraph[Any, Any, Any, Any]:
    graph: StateGraph[Any, Any, Any, Any] = StateGraph(State, context_schema=AgentContext)
    graph.add_node("get_schema", nodes.get_schema)
    graph.add_node("db_disabled", nodes.db_disabled)
    graph.add_node("summarize", nodes.summarize)
    graph.add_node("llm", nodes.llm)
    graph.add_node("propose", nodes.propose)
    graph.add_node("approve", nodes.approve)
    graph.add_node("tools", ToolNode(TOOLS, wrap_tool_call=nodes.guard, handle_tool_errors=False))
    graph.add_node("error", nodes.error)
    graph.add_edge(START, "get_schema")
    graph.add_conditional_edges("get_schema", nodes.after_schema, ["db_disabled", "summarize", "llm"])
    graph.add_edge("db_disabled", END)
    graph.add_edge("summarize", "llm")
    graph.add_conditional_edges(
        "llm", nodes.after_llm, {"error": "error", "propose": "propose", "tools": "tools", "end": END}
    )
    graph.add_conditional_edges("propose", nodes.after_propose, ["approve", "tools"])
    graph.add_conditional_edges("approve", nodes.after_approve, ["tools", "propose"])
    graph.add_edge("tools", "llm")
    graph.add_edge("error", END)
    return graph.compile()
