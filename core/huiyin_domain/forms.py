"""The form of a request's field, as its contract says it (proto/huiyin/common/v1/form.proto)."""

from functools import cache

from google.protobuf.descriptor import FieldDescriptor

from huiyin.common.v1 import form_pb2
from huiyin.common.v1.form_pb2 import FORM_AS_WRITTEN, Form


@cache
def form_of(field: FieldDescriptor) -> Form.ValueType:
    """What the field must look like in a request."""
    return field.GetOptions().Extensions[form_pb2.form]


def is_taken_as_written(field: FieldDescriptor) -> bool:
    """Whether a field of a request is taken whatever stands in it (promise P1; domain rules, 2.4).

    What the form of requests and the bounds of numbers and times ask of every other field, these are not
    asked: what cannot be taken of them is kept sealed as it was written, for a person to settle.
    """
    return form_of(field) == FORM_AS_WRITTEN
