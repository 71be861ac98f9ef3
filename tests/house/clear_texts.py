"""What each text that stands in an event in clear means: nobody's own words are among them."""

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


MEANINGS: dict[str, frozenset[str]] = {
    "a UUID, by the form of requests or made here": _names("""
        case_id case_ids person_id handover_id opinion_id review_id same_case_id origin_case_id part_case_id
        other_case_id meeting_id resolution_id item_id visit_id referral_id offer_id order_id basis_id
        request_id correlation_id causation_id start_event_id stop_event_id key_ids task_item_id item_ids
        notice_id recusal_id report_id policy_id
    """),
    "made here: a number of a case, a clock, a stream, a log, a trace": _names("""
        display_number clock_id stream log trace_parent subject digest replaced_digests
    """),
    "an organisation of the directory": _names("""
        unit from_unit to_unit proposed_unit redirect_unit organ referring_unit centre convener participants
        present agency agencies supervisor accused_units audience on_behalf_of responsible_unit signed_by
        speakers asked decider
    """),
    "an officer's identifier, by token or by the agency's system": _names("officer approved_by"),
    "a code of a table or a closed list": _names("""
        channel division content_class purpose source purposes fields ground reason scheme rule rule_version
        calendar_version divisions version verification
    """),
    "a day, YYYY-MM-DD": _names("""
        due_date raw_due_date rolled_due_date fact_date earlier_date review_last_day holidays workdays
    """),
    "a public name or number, bounded in its form": _names("name docket_number source_document"),
}
"""Field names by meaning. Words of people go into a Sealed field, whoever they are about."""


def clear_texts(messages: Iterable[type[Message]]) -> Iterator[FieldDescriptor]:
    """The string fields of messages and of the messages in them, but for what is sealed."""
    seen: set[str] = {Sealed.DESCRIPTOR.full_name}
    for message in messages:
        yield from _texts_in(message.DESCRIPTOR, seen)


def _texts_in(descriptor: Any, seen: set[str]) -> Iterator[FieldDescriptor]:
    if descriptor.full_name in seen:
        return
    seen.add(descriptor.full_name)
    for field in descriptor.fields:
        if field.type == FieldDescriptor.TYPE_STRING:
            yield field
        elif field.message_type is not None:
            yield from _texts_in(field.message_type, seen)


def unexplained(fields: Iterable[FieldDescriptor]) -> list[str]:
    """Fields whose names have none of the meanings."""
    known = frozenset().union(*MEANINGS.values())
    return sorted(field.full_name for field in fields if field.name not in known)
