"""The terms of a text: its content words, without people's names, numbers and words that everybody uses.

Conservative on purpose: only words that the dictionary knows count, so that a name it does not know is
never a term; the names that it knows are left out by their part of speech, and the petitioner's own is cut
out whatever it is. A third person's name that is also a common word (江山) counts as that word.
"""

import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Any

CHARACTERS_MAX = 5_000
"""Characters of a text that are looked at; what a filing is about is said before."""
LETTERS_MIN = 2
"""A single character says too little."""

_CONTENT = frozenset("nvailj")
"""Parts of speech that carry content begin so: nouns, verbs, adjectives, idioms, set phrases, short forms."""
_PERSON = "nr"


class Segmenter:
    """Finds terms. Loading the dictionary takes a tenth of a second."""

    def __init__(self) -> None:
        from rjieba import Jieba  # here, because only intake derives sketches and the dictionary is large

        self._jieba: Any = Jieba()
        self._stop = stop_words()

    def terms(self, text: str, unwanted: frozenset[str] = frozenset()) -> frozenset[str]:
        """The terms of a text; `unwanted` (such as the petitioner's name) is cut out of it first."""
        plain = _plain(text)
        for part in sorted(map(_plain, unwanted), key=len, reverse=True):
            plain = plain.replace(part, " ") if part else plain
        return frozenset(word for word, tag in self._jieba.tag(plain) if self._is_term(word, tag))

    def _is_term(self, word: str, tag: str) -> bool:
        content = tag[:1] in _CONTENT and not tag.startswith(_PERSON)
        return (
            content
            and len(word) >= LETTERS_MIN
            and word not in self._stop
            and not any(letter.isdigit() for letter in word)
            and bool(self._jieba.has_word(word))
        )


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """The words of data/stop_words.txt."""
    text = files("huiyin_kernel").joinpath("data", "stop_words.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(word for line in lines for word in line.split())


def _plain(text: str) -> str:
    """The text in one width and case, without the blanks that tables and pages bring along."""
    return unicodedata.normalize("NFKC", text[:CHARACTERS_MAX]).lower().strip()
