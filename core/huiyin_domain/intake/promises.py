"""Nothing is agreed or withdrawn in return for a promise not to petition (Constitution, Art. 41; Art. 33).

The matter may be settled; the right to petition is not for sale. Texts are looked at before they are
sealed, for the usual words of such a promise; what stands in a scanned paper only a person sees.
"""

import unicodedata

from huiyin_domain.refusal import Kind, Refusal

_WORDS = ("息诉罢访", "罢访", "息访", "停访", "不再上访", "不再信访", "不再申诉", "放弃信访", "放弃上访")


def promise_not_to_petition(field: str, text: str) -> Refusal | None:
    """A refusal for a text that promises, or demands, that somebody petitions no more."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    found = next((word for word in _WORDS if word in plain), None)
    if found is None:
        return None
    message = (
        f"{field} speaks of petitioning no more ({found}): what is settled is the matter, never the right to "
        "petition; take that out"
    )
    facts = {"field": field, "words": found}
    return Refusal(Kind.INVALID, "PROMISE_NOT_TO_PETITION", message, facts, "Constitution, Art. 41")
