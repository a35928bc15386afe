"""A small stand-in for Google's REST service, as strict as the real one about calls and their answers."""

from tests.fake_gemini.replies import Reply, calls, text
from tests.fake_gemini.server import FakeGemini

__all__ = ["FakeGemini", "Reply", "calls", "text"]
