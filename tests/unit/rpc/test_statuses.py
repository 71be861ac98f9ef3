"""Refusals and failures as gRPC statuses: each kind has its code, and every one says what to do."""

from uuid import UUID

import pytest
from google.rpc import code_pb2, status_pb2
from google.rpc.error_details_pb2 import ErrorInfo

from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.identity.tokens import UnauthenticatedError
from huiyin_kernel.rpc.errors import (
    WORDS_BYTES_MAX,
    deadline_exceeded,
    internal,
    status_of,
    status_of_store_error,
    stopping,
    unauthenticated,
)
from huiyin_store import port

CODES = {
    Kind.INVALID: code_pb2.INVALID_ARGUMENT,
    Kind.STATE: code_pb2.FAILED_PRECONDITION,
    Kind.STALE: code_pb2.ABORTED,
    Kind.FORBIDDEN: code_pb2.PERMISSION_DENIED,
    Kind.MISSING: code_pb2.NOT_FOUND,
    Kind.BUSY: code_pb2.RESOURCE_EXHAUSTED,
}
ID = UUID("0192c3a4-7b1e-7def-8abc-0123456789ab")
STORE_ERRORS = {
    "REQUEST_ID_REUSED": (port.RequestReusedError(ID), code_pb2.ALREADY_EXISTS),
    "TOO_MANY_CONFLICTS": (port.VersionConflictError("petition-1", 1, 2), code_pb2.ABORTED),
    "OVERLOADED": (port.StoreOverloadedError("4096 appends wait"), code_pb2.RESOURCE_EXHAUSTED),
    "STORE_UNAVAILABLE": (port.StoreUnavailableError("password=secret"), code_pb2.UNAVAILABLE),
    "INTERNAL": (port.CorruptLogError("position 7 follows 5"), code_pb2.INTERNAL),
}


def info_of(status: status_pb2.Status) -> ErrorInfo:
    """The one detail of a status."""
    (packed,) = status.details
    info = ErrorInfo()
    assert packed.Unpack(info)
    return info


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_refusal_has_its_code(kind: Kind) -> None:
    assert status_of(Refusal(kind, "REASON", "a message: do this")).code == CODES[kind]


def test_a_refusal_carries_its_reason_its_facts_and_the_article_of_law() -> None:
    status = status_of(Refusal(Kind.STATE, "REASON", "what: do", {"epoch": "2"}, "Art. 22"))
    info = info_of(status)
    assert status.message == "REASON: what: do"
    assert (info.reason, info.domain) == ("REASON", "huiyin")
    assert dict(info.metadata) == {"epoch": "2", "article": "Art. 22"}


@pytest.mark.parametrize("reason", STORE_ERRORS)
def test_what_the_store_refuses_or_fails_at_has_a_reason(reason: str) -> None:
    error, code = STORE_ERRORS[reason]
    status = status_of_store_error(error)
    assert (status.code, info_of(status).reason) == (code, reason)
    assert "secret" not in status.message


@pytest.mark.parametrize("character", ["a", "路", "𠮷"])
def test_a_status_fits_into_headers_whatever_it_repeats(character: str) -> None:
    status = status_of(Refusal(Kind.INVALID, "REASON", character * 10_000, {"unit": character * 10_000}))
    words = [status.message.removeprefix("REASON: "), info_of(status).metadata["unit"]]
    assert all(len(text.encode()) <= WORDS_BYTES_MAX for text in words)
    assert all(text.startswith(character) and text.endswith("…") for text in words)


def test_words_that_fit_are_left_as_they_are() -> None:
    words = "a" * WORDS_BYTES_MAX
    assert status_of(Refusal(Kind.INVALID, "REASON", words)).message == f"REASON: {words}"


def test_other_failures_say_what_to_do_and_nothing_of_their_cause() -> None:
    found = [deadline_exceeded(1.5), stopping(), internal(), unauthenticated(UnauthenticatedError("X", "y"))]
    assert [(status.code, info_of(status).reason) for status in found] == [
        (code_pb2.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
        (code_pb2.UNAVAILABLE, "SERVICE_STOPPING"),
        (code_pb2.INTERNAL, "INTERNAL"),
        (code_pb2.UNAUTHENTICATED, "X"),
    ]
