"""Text from people on a page that reads Markdown."""

import re


def quoted(text: str) -> str:
    """What a person typed, exactly as they typed it: nothing of it is mark-up."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!$:|<>~])", r"\\\1", text)
    return escaped.replace("\n", "  \n")


def unmarked(sentence: str) -> str:
    """A sentence of ours with people's names in it: no link, picture, colour or emphasis comes of any of them."""
    return re.sub(r"([\\`*\[\]<$~])", r"\\\1", sentence)
