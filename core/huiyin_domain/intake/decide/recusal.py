"""回避: an officer who is interested in the matter decides nothing in it; the head says who is (Art. 28(3)).

The unit's head decides, on the head the organ above (domain rules, 8). Nothing stops meanwhile.
"""

from typing import NamedTuple

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority, Secret
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.access import unknown_case
from huiyin_domain.checks import content_missing, not_an_officer, sealed_of
from huiyin_domain.context import Context, Role
from huiyin_domain.decider import Decision
from huiyin_domain.exchange.message import is_officer_name
from huiyin_domain.intake.decide.rating import not_the_petitioners_way
from huiyin_domain.intake.guards import ART_28_3, by_party, decider_of, open_recusals, reviewing_organ
from huiyin_domain.intake.records import Recusal
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, invalid, missing, wrong_state


class _Asked(NamedTuple):
    """Whose recusal is asked for, of whom, and why."""

    unit: str
    officer: str
    decider: str
    reasons: Secret


def request_recusal(state: Petition, command: commands.RequestRecusalRequest, context: Context) -> Decision:
    """By an officer of an agency with a say in the case; any party records what the petitioner asks."""
    refusal = (
        by_party(state, command, context)
        or not_an_officer(context)
        or _no_say(state, command, context)
        or _officer_fault(command.officer, optional=command.for_petitioner)
    )
    if refusal:
        return refusal
    own_head = command.officer == context.principal.officer and context.principal.has(Role.HEAD)
    unit, of_head = command.unit or state.holder, command.of_head or own_head
    decider = decider_of(state, unit, of_head, context.policy.directory)
    asked = _Asked(unit, command.officer, decider, command.reasons)
    kind = common.AUTHORITY_KIND_PETITIONER if command.for_petitioner else _own_kind(state, context)
    organ = decider if command.for_petitioner else context.principal.acting_agency
    return _requested(state, asked, Authority(kind=kind, organ=organ), context)


def ask_recusal(state: Petition, command: commands.AskRecusalRequest, context: Context) -> Decision:
    """The service has proved the petitioner by the query code; the officer is named in the reasons."""
    if refusal := not_the_petitioners_way(context) or (None if state.exists else unknown_case()):
        return refusal
    unit = reviewing_organ(state) or state.holder
    decider = decider_of(state, unit, command.of_head, context.policy.directory)
    authority = Authority(kind=common.AUTHORITY_KIND_PETITIONER, organ=decider)
    return _requested(state, _Asked(unit, "", decider, command.reasons), authority, context)


def _no_say(state: Petition, command: commands.RequestRecusalRequest, context: Context) -> Refusal | None:
    agency = context.principal.acting_agency
    if command.for_petitioner or agency in (state.holder, reviewing_organ(state), state.registration.unit):
        return None
    message = "the responsible unit, who registered the case and who reviews it ask: else set for_petitioner"
    return forbidden("NO_SAY_IN_RECUSAL", message, ART_28_3, responsible_unit=state.holder)


def _own_kind(state: Petition, context: Context) -> common.AuthorityKind.ValueType:
    agency = context.principal.acting_agency
    if agency == state.holder:
        return common.AUTHORITY_KIND_HOLDER
    reviews = agency == reviewing_organ(state)
    return common.AUTHORITY_KIND_SUPERIOR if reviews else common.AUTHORITY_KIND_REGISTRATION


def _officer_fault(officer: str, *, optional: bool) -> Refusal | None:
    if is_officer_name(officer) or (optional and not officer):
        return None
    message = "officer is missing or no identifier: give the officer's identifier within the unit"
    return invalid("OFFICER_MALFORMED", message, field="officer")


def _requested(state: Petition, asked: _Asked, authority: Authority, context: Context) -> Decision:
    refusal = _not_deciding(state, asked.unit) or content_missing("reasons", asked.reasons)
    if refusal := refusal or _asked_before(state, asked):
        return refusal
    return (
        events.RecusalRequested(
            recusal_id=context.new_ids[0],
            unit=asked.unit,
            officer=asked.officer,
            decider=asked.decider,
            reasons=sealed_of(asked.reasons),
            authority=authority,
        ),
    )


def _not_deciding(state: Petition, unit: str) -> Refusal | None:
    """Officers of the responsible unit and of the reviewing organ decide in the case, and nobody else."""
    if state.status == types.PETITION_STATUS_CLOSED:
        return wrong_state("ALREADY_CLOSED", "the case is closed: nobody decides anything in it", ART_28_3)
    deciding = [one for one in (state.holder, reviewing_organ(state)) if one]
    if unit in deciding:
        return None
    message = f"unit {unit} decides nothing in this case now: name one of {', '.join(deciding)}"
    return invalid("NOT_DECIDING_HERE", message, field="unit", allowed=",".join(deciding))


def _asked_before(state: Petition, asked: _Asked) -> Refusal | None:
    """One request at a time for each officer and decider; who is recused stays so."""
    about = (asked.unit, asked.officer)
    done = [one for one in state.recusals if one.granted and (one.unit, one.officer) == about]
    if done:
        message = f"officer {asked.officer} is recused already: another officer acts"
        return wrong_state("ALREADY_RECUSED", message, ART_28_3, recusal_id=done[0].recusal_id)
    same = [one for one in open_recusals(state) if (one.unit, one.officer) == about]
    if same and same[-1].decider == asked.decider:
        message = f"such a request waits for the head of {asked.decider}: it is decided first"
        return wrong_state("RECUSAL_OPEN", message, ART_28_3, recusal_id=same[-1].recusal_id)
    return None


def decide_recusal(state: Petition, command: commands.DecideRecusalRequest, context: Context) -> Decision:
    """By a head who is not the officer concerned."""
    if refusal := by_party(state, command, context):
        return refusal
    recusal = _found(state, command.recusal_id)
    if isinstance(recusal, Refusal):
        return recusal
    refusal = _not_the_decider(recusal, context) or _about(recusal, command)
    if refusal := refusal or _of_oneself(recusal, command, context):
        return refusal
    if recusal.decided:
        return _decided(recusal, command)
    if refusal := content_missing("reasons", command.reasons):
        return refusal
    return (
        events.RecusalDecided(
            recusal_id=recusal.recusal_id,
            unit=recusal.unit,
            officer=recusal.officer or command.officer,
            granted=command.granted,
            reasons=sealed_of(command.reasons),
            approved_by=context.principal.officer,
        ),
    )


def _found(state: Petition, recusal_id: str) -> Recusal | Refusal:
    for recusal in state.recusals:
        if recusal.recusal_id == recusal_id and (recusal.decided or recusal in open_recusals(state)):
            return recusal
    message = f"request for recusal {recusal_id} is not open: read the case again"
    now_open = ",".join(one.recusal_id for one in open_recusals(state))
    return missing("NO_SUCH_RECUSAL", message, open=now_open)


def _not_the_decider(recusal: Recusal, context: Context) -> Refusal | None:
    if context.principal.acting_agency != recusal.decider:
        message = f"the head of {recusal.decider} decides this request: pass it on"
        return forbidden("NOT_THE_RECUSAL_DECIDER", message, ART_28_3, unit=recusal.decider)
    if context.principal.has(Role.HEAD) and context.principal.officer:
        return None
    message = "recusal is decided by the head: have the head call"
    return forbidden("HEAD_REQUIRED", message, ART_28_3, allowed=Role.HEAD)


def _about(recusal: Recusal, command: commands.DecideRecusalRequest) -> Refusal | None:
    """Where the petitioner named nobody by an identifier, the head finds who is meant."""
    if recusal.officer and command.officer not in ("", recusal.officer):
        message = f"the request is about officer {recusal.officer}: decide on that officer, or leave it out"
        return invalid("OFFICER_MISMATCH", message, field="officer", officer=recusal.officer)
    return _officer_fault(recusal.officer or command.officer, optional=False)


def _of_oneself(recusal: Recusal, command: commands.DecideRecusalRequest, context: Context) -> Refusal | None:
    caller = context.principal
    concerned = (recusal.unit, recusal.officer or command.officer)
    if concerned not in ((caller.agency, caller.officer), (caller.acting_agency, caller.officer)):
        return None
    message = "nobody decides on the own recusal: request it anew with of_head, and the organ above decides"
    return forbidden("OWN_RECUSAL", message, ART_28_3, officer=caller.officer)


def _decided(recusal: Recusal, command: commands.DecideRecusalRequest) -> Decision:
    if recusal.granted == command.granted:
        return ()
    granted = str(recusal.granted).lower()
    message = f"the request is decided, granted: {granted}; what is new makes a new request"
    return wrong_state("RECUSAL_DECIDED", message, ART_28_3, granted=granted, officer=recusal.officer)
