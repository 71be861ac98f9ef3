"""From a filing's subject and text to its sketch: a MinHash of terms under a key of the installation.

Legal basis (domain rules, §11.1 and §8): early signals are about issues, never about persons, and personal
data serves its stated purpose alone. The text stays sealed; what leaves the edge are the minima of keyed
hashes of its content words. Without the key nobody can test a guess against a sketch, and no word can be read
back from it. It is made before anything is decided and changes no decision.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from functools import partial
from typing import Any

from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin_domain.streams.likeness import MINIMA, SCHEME
from huiyin_kernel.sketch.terms import Segmenter

TERMS_MIN = 3
"""Of fewer terms no sketch is made: it would tell equal words rather than like issues."""
SUBJECT_WEIGHT = 3
"""How often a term of the subject counts: it says in a few words what the text says in many."""


class Sketcher:
    """Makes sketches under one key. Making one takes a second: see Sketching."""

    def __init__(self, key: bytes) -> None:
        from datasketch import MinHash  # here: it brings scipy along, and only intake needs it

        options = {"hashfunc": partial(_term_hash, key), "permutations": _permutations(key)}
        self._minhash: Any = partial(MinHash, MINIMA, scheme="affine32", **options)
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
        minhash = self._minhash()
        minhash.update_batch([term.encode() for term in terms])
        found: bytes = minhash.hashvalues.astype(">u4").tobytes()
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
