"""Fields that are taken as written: nothing in them refuses a filing (promise P1; domain rules, 2.4).

What the form of requests and the bounds of numbers and times ask of every other field, these are not asked:
what cannot be taken of them is kept sealed as it was written, for a person to settle.
"""

from google.protobuf.descriptor import FieldDescriptor

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest

_NAMES = (
    *("channel", "division", "content_class", "purpose", "source"),
    *("received_time", "posted_time", "person_count", "person_reference"),
)

AS_WRITTEN: frozenset[str] = frozenset(
    RegisterPetitionRequest.DESCRIPTOR.fields_by_name[name].full_name for name in _NAMES
)


def is_taken_as_written(field: FieldDescriptor) -> bool:
    """Whether a field of a request is taken whatever stands in it."""
    return field.full_name in AS_WRITTEN
