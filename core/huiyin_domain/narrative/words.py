"""The two languages of a narrative and the tables of words in them."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, Language] = ("zh", "en")

Pair = tuple[str, str]
"""The same in Chinese and English."""

Words = Mapping[str, Mapping[int | str, Pair]]
"""Words for values, by the full name of an enum or of a field; False and True are 0 and 1."""


def in_language(pair: Pair, language: Language) -> str:
    """The text of a pair in a language."""
    return pair[LANGUAGES.index(language)]
