"""All tools of the agent. Which of them change the plan is said in one place: `WRITES`."""

from typing import Final

from langchain_core.tools import BaseTool

from dyno_core.agent.proposals import WRITES
from dyno_core.agent.tools_history import change_history
from dyno_core.agent.tools_read import READS
from dyno_core.agent.tools_write import WRITE_TOOLS

TOOLS: Final[tuple[BaseTool, ...]] = (*READS, change_history, *WRITE_TOOLS)
TOOL_NAMES: Final = frozenset(tool.name for tool in TOOLS)

__all__ = ["TOOLS", "TOOL_NAMES", "WRITES"]
