"""Issue sketches: what a filing is about, in a form that names nobody and from which no text can be read.

Legal basis (domain rules, §11.1 and §8): early signals are about issues, never about persons, and personal
data serves its stated purpose alone. The text stays sealed; what leaves the edge are the minima of keyed
hashes of its content words (MinHash, under a key of the installation). Without the key nobody can test a
guess against a sketch, and no word can be read back from it. It is made before anything is decided and
changes no decision.

Terms are taken with caution: only words that the dictionary knows count, so that a name it does not know is
never a term; the names that it knows are left out by their part of speech, and the petitioner's own is cut
out whatever it is. A third person's name that is also a common word (江山) counts as that word.
"""

import asyncio
import hashlib
import unicodedata
from collections.abc import Iterable
from functools import lru_cache, partial
from importlib.resources import files
from typing import Any

from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin_domain.streams.likeness import MINIMA, SCHEME

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


TERMS_MIN = 3
"""Of fewer terms no sketch is made: it would tell equal words rather than like issues."""
SUBJECT_WEIGHT = 3
"""How often a term of the subject counts: it says in a few words what the text says in many."""


class Sketcher:
    """Makes sketches under one key. Making one takes a second: see Sketching."""

    def __init__(self, key: bytes) -> None:
        from datasketch import MinHash  # here: it brings scipy along, and only intake needs it

        options = {"hashfunc": partial(_term_hash, key), "permutations": _permutations(key)}
        self._minhash: Any = MinHash(MINIMA, scheme="affine32", **options)
        self._segmenter = Segmenter()

    def sketch(self, subject: str, content: str, unwanted: Iterable[str] = ()) -> IssueSketch | None:
        """The sketch of a filing, or None when it says too little. Names in `unwanted` do not count."""
        cut = frozenset(unwanted)
        of_subject = self._segmenter.terms(subject, cut)
        terms = of_subject | self._segmenter.terms(content, cut)
        if len(terms) < TERMS_MIN:
            return None
        weighed = [*terms, *(f"{term}\x00{copy}" for term in of_subject for copy in range(1, SUBJECT_WEIGHT))]
        return IssueSketch(scheme=SCHEME, minima=self._minima(weighed), term_count=len(terms))

    def _minima(self, terms: Iterable[str]) -> bytes:
        self._minhash.clear()
        self._minhash.update_batch([term.encode() for term in terms])
        found: bytes = self._minhash.hashvalues.astype(">u4").tobytes()
        return found


class Sketching:
    """A sketcher that is loaded in the background, so that its service starts without waiting for it."""

    def __init__(self, key: bytes) -> None:
        self._loading = asyncio.get_running_loop().run_in_executor(None, Sketcher, key)

    async def sketch(self, subject: str, content: str, unwanted: Iterable[str] = ()) -> IssueSketch | None:
        """The sketch of a filing, or None when it says too little."""
        sketcher = await asyncio.shield(self._loading)
        return sketcher.sketch(subject, content, unwanted)


def _term_hash(key: bytes, term: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(term, digest_size=4, key=key).digest())


def _permutations(key: bytes) -> Any:
    """Multipliers (odd, or they would lose values) and summands, secret too: minima alone say nothing."""
    import numpy as np

    octets = hashlib.shake_256(b"huiyin issue sketch permutations\x00" + key).digest(MINIMA * 8)
    drawn = np.frombuffer(octets, dtype=">u4").astype(np.uint32).reshape(2, MINIMA)
    drawn[0] |= np.uint32(1)
    return drawn
