"""All interleavings of intake and the judicial service end in one state on both sides (promises P2, P15).

The states of the two deciders are exhausted, as those of the model of cases across stores were; each step is
one of that model's, and each of its planted mistakes is found here too.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import pytest

from huiyin.judicial.v1 import types_pb2 as types
from huiyin_domain.intake.records import ReferralStage as Stage
from tests.support.two_services import Rule, Step, World, first, steps

OFFERS = 2
SETTLED = {
    (Stage.OFFERED, types.REFERRAL_STATUS_SENT),
    (Stage.WITHDRAWN, types.REFERRAL_STATUS_WITHDRAWN),
    (Stage.ENDED, types.REFERRAL_STATUS_DECLINED),
    (Stage.LAPSED, types.REFERRAL_STATUS_LAPSED),
    (Stage.HELD, types.REFERRAL_STATUS_RELEASED),
    (Stage.HELD, types.REFERRAL_STATUS_CONCLUDED),
    (Stage.RETURNED, types.REFERRAL_STATUS_HANDED_BACK),
}
"""What both sides may say of one offer once each has read the other."""
FINAL = {Stage.WITHDRAWN, Stage.ENDED, Stage.LAPSED, Stage.RETURNED}


class Seen(NamedTuple):
    """A world as the model sees it: A's unit acts, A's open offer, what B has promised, B's unit acts."""

    a_acts: bool
    offer: str
    promised: frozenset[str]
    b_acts: bool


def _ends(seen: Seen, offer: str) -> Seen:
    return seen._replace(offer="" if seen.offer == offer else seen.offer)


def _keeps_no_promise(seen: Seen, offer: str) -> Seen:
    return seen._replace(promised=seen.promised - {offer})


MODEL: dict[str, Callable[[Seen, str], Seen]] = {
    "CaseOffered": lambda seen, offer: seen._replace(offer=offer),
    "OfferWithdrawn": _ends,
    "OfferEnded": _ends,
    "JudicialReferralAcknowledged": lambda seen, offer: _ends(seen, offer)._replace(a_acts=False),
    "JudicialReferralReturned": lambda seen, _: seen._replace(a_acts=True),
    "ReferralAcknowledged": lambda seen, offer: seen._replace(promised=seen.promised | {offer}),
    "ReferralReleased": lambda seen, offer: _keeps_no_promise(seen, offer)._replace(b_acts=True),
    "ReferralWithdrawn": _keeps_no_promise,
    "ReferralLapsed": _keeps_no_promise,
    "ReferralHandedBack": lambda seen, _: seen._replace(b_acts=False),
}
"""What each event changes in the model's terms; all other events change nothing of it."""


def seen(world: World) -> Seen:
    """The same, from what the two services know."""
    waiting = types.REFERRAL_STATUS_ACKNOWLEDGED
    return Seen(
        a_acts=world.petition.referral is None,
        offer=world.petition.offer.referral_id if world.petition.offer else "",
        promised=frozenset(name for name, one in world.referrals if one.status == waiting),
        b_acts=any(one.held for _, one in world.referrals),
    )


def unsafe(world: World) -> str:
    """Why this world must not be; empty when it may. Who is responsible is told from what both logs say."""
    known, held = dict(world.referrals), world.petition.referral
    status = known[held.referral_id].status if held else types.REFERRAL_STATUS_UNSPECIFIED
    on_the_way = status in (types.REFERRAL_STATUS_ACKNOWLEDGED, types.REFERRAL_STATUS_HANDED_BACK)
    acting = [held is None, on_the_way, *(one.held for one in known.values())]
    if sum(acting) != 1:
        return f"{sum(acting)} are responsible"
    stages = [one.stage for one in world.petition.referrals]
    if stages.count(Stage.OFFERED) + stages.count(Stage.HELD) > 1:
        return "two offers are open"
    offer = world.petition.offer
    if offer and offer.epoch != world.petition.epoch:
        return "an offer outlived its epoch"
    if world.petition.accepted and not any(one.concluded for one in world.petition.referrals):
        return "an administrative unit accepted litigation"
    quiet = not world.to_intake and not world.to_judicial
    return _disagreement(world) if quiet else ""


def _disagreement(world: World) -> str:
    known = dict(world.referrals)
    for one in world.petition.referrals:
        other = known[one.referral_id]
        if (one.stage, other.status) not in SETTLED:
            return f"intake says {one.stage}, the judicial track {types.ReferralStatus.Name(other.status)}"
        if one.stage is Stage.WITHDRAWN and other.taken:
            return "it was taken, and nothing says that it was in vain"
        concluded = other.conclusion != types.CONCLUSION_KIND_UNSPECIFIED
        if one.stage is Stage.RETURNED and one.concluded != concluded:
            return "one side says that it was concluded, and the other not"
    return ""


def ended(world: World) -> bool:
    """Nothing is on its way, and no offer waits for anybody."""
    final = all(one.stage in FINAL for one in world.petition.referrals)
    return final and not world.to_intake and not world.to_judicial


class Explored(NamedTuple):
    """How many worlds there are, and the way to the first that must not be, or from which there is no end."""

    worlds: int
    verdict: str
    way: tuple[str, ...] = ()


def explore(rule: Rule = Rule.NONE, offers: int = OFFERS) -> Explored:
    """Every world that people and inboxes can come to, breadth first."""
    begin = first()
    ways: dict[World, tuple[str, ...]] = {begin: ()}
    queue, before = deque([begin]), dict[World, list[World]]()
    while queue:
        world = queue.popleft()
        if fault := unsafe(world):
            return Explored(len(ways), fault, ways[world])
        for step in steps(world, offers, rule):
            way = (*ways[world], step.what)
            assert rule or seen(step.after) == _by_the_model(seen(world), step), way
            before.setdefault(step.after, []).append(world)
            if step.after not in ways:
                ways[step.after] = way
                queue.append(step.after)
    return _with_an_end(ways, before)


def _by_the_model(world: Seen, step: Step) -> Seen:
    """The model's world after the step: every event has its one meaning there."""
    for event in step.made:
        change = MODEL.get(event.DESCRIPTOR.name)
        about = getattr(event, "offer_id", "") or step.referral_id
        world = change(world, about) if change else world
    return world


def _with_an_end(ways: dict[World, tuple[str, ...]], before: dict[World, list[World]]) -> Explored:
    alive = {world for world in ways if ended(world)}
    queue = deque(alive)
    while queue:
        for world in before.get(queue.popleft(), ()):
            if world not in alive:
                alive.add(world)
                queue.append(world)
    stuck = next((world for world in ways if world not in alive), None)
    return Explored(len(ways), "stuck" if stuck else "holds", ways[stuck] if stuck else ())


def test_one_unit_is_responsible_and_both_services_agree_whatever_the_order() -> None:
    explored = explore()
    assert explored.verdict == "holds", explored.way
    assert explored.worlds > 1000


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule])
def test_each_planted_mistake_is_found(rule: Rule) -> None:
    explored = explore(rule)
    assert explored.verdict != "holds"
    assert explored.way
