"""A small stand-in for Google's REST service, as strict as the real one about calls and their answers."""

from tests.fake_gemini.server import FakeGemini, calls, text

__all__ = ["FakeGemini", "calls", "text"]
