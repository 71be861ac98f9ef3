"""A line of `huiyin events tail` says whose act it was, and who brought it."""

import pytest

from huiyin.common.v1.types_pb2 import Actor
from huiyin_cli.events import _who


@pytest.mark.parametrize(
    "actor, said",
    [
        (Actor(agency="A", officer="03-0117"), "A/03-0117"),
        (Actor(agency="A"), "A"),
        (Actor(agency="exchange", officer="03-0117", on_behalf_of="A"), "A/03-0117 (exchange)"),
        (Actor(agency="intake", on_behalf_of="A"), "A (intake)"),
    ],
)
def test_an_act_is_the_agencys_whoever_brought_it(actor: Actor, said: str) -> None:
    assert _who(actor) == said
