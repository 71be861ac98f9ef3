"""What a filing is about, taken from its clear text before that is sealed at the edge."""

from typing import Any

from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin_kernel.sketch import Sketching

__all__ = ["Sketching", "sketch_of"]


async def sketch_of(sketching: Sketching, request: Any) -> IssueSketch | None:
    """The sketch of a request with subject and content; nothing about the petitioner counts in it."""
    person = request.petitioner.clear.person if hasattr(request, "petitioner") else None
    unwanted = () if person is None else (person.name, person.address, person.phone, person.contact)
    return await sketching.sketch(request.subject.clear.text, request.content.clear.text, unwanted)
