"""Models of other providers, by LangChain's own names: ``ollama:llama3.1``, ``openai:gpt-5``, ``bedrock:…``.

Their packages are the operator's choice and not among our requirements. Addresses and keys are read by the packages
themselves, from the variables that their documentation names.
"""

import logging
from importlib import import_module
from typing import Final

from langchain_core.language_models import BaseChatModel

from dyno_core.agent.models.failures import ModelFailed
from dyno_core.telemetry import reference_number

GEMINI: Final = "google_genai"
_CLASSES: Final = {
    "anthropic": ("langchain_anthropic", "ChatAnthropic"),
    "azure_openai": ("langchain_openai", "AzureChatOpenAI"),
    "bedrock": ("langchain_aws", "ChatBedrockConverse"),
    "bedrock_converse": ("langchain_aws", "ChatBedrockConverse"),
    "cohere": ("langchain_cohere", "ChatCohere"),
    "deepseek": ("langchain_deepseek", "ChatDeepSeek"),
    "fireworks": ("langchain_fireworks", "ChatFireworks"),
    "google_vertexai": ("langchain_google_vertexai", "ChatVertexAI"),
    "groq": ("langchain_groq", "ChatGroq"),
    "huggingface": ("langchain_huggingface", "ChatHuggingFace"),
    "ibm": ("langchain_ibm", "ChatWatsonx"),
    "mistralai": ("langchain_mistralai", "ChatMistralAI"),
    "nvidia": ("langchain_nvidia_ai_endpoints", "ChatNVIDIA"),
    "ollama": ("langchain_ollama", "ChatOllama"),
    "openai": ("langchain_openai", "ChatOpenAI"),
    "openrouter": ("langchain_openrouter", "ChatOpenRouter"),
    "perplexity": ("langchain_perplexity", "ChatPerplexity"),
    "together": ("langchain_together", "ChatTogether"),
    "xai": ("langchain_xai", "ChatXAI"),
}
_log = logging.getLogger(__name__)


def split(model: str) -> tuple[str, str]:
    """Provider and name. Without a provider it is Gemini's; what follows the first colon may hold more of them."""
    provider, colon, name = model.strip().partition(":")
    return (provider.strip().lower().replace("-", "_"), name.strip()) if colon else (GEMINI, provider)


def provided(model: str) -> BaseChatModel:
    """The client of a provider's model.

    Raises `ModelFailed` for a provider nobody knows, a package that is missing, or a client that can't be made.
    """
    provider, name = split(model)
    if provider not in _CLASSES or not name:
        raise _unusable(
            f"DYNO_MODEL is “{model[:80]}”, which names no model that the chat could use; an administrator must set "
            f"a Gemini model, or a provider and a model such as ollama:llama3.1. Providers: {', '.join(_CLASSES)}."
        )
    module, cls = _CLASSES[provider]
    try:
        made = getattr(import_module(module), cls)
    except ImportError as missing:
        package = module.replace("_", "-")
        raise _unusable(
            f"The chat's model “{model[:80]}” needs the package {package}, which is not installed here; an "
            f"administrator must install it (pip install {package}) or set another DYNO_MODEL."
        ) from missing
    try:
        client: BaseChatModel = made(model=name)
    except Exception as error:
        # Each client checks its keys and addresses in its own way, some with errors of their own.
        _log.warning("no client for %s, reference %s", model, reference_number(), exc_info=error)
        raise _unusable(
            f"The chat's model “{model[:80]}” can't be used as it is set up; an administrator must look at the key "
            f"and address that {module.replace('_', '-')} needs (the log says more)."
        ) from error
    return client


def _unusable(sentence: str) -> ModelFailed:
    return ModelFailed(sentence, kind="unusable")
