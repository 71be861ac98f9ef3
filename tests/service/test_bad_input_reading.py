"""Questions that cannot be answered: page sizes and tokens, places in a log, methods that are not there."""

import base64
from typing import Any

import pytest
from google.protobuf.message import Message
from grpc import StatusCode

from huiyin.cases.v1.service_pb2 import GetCaseRequest, ListCasesRequest
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.supervision.v1.service_pb2 import ListClocksRequest
from huiyin_kernel.rpc.feed import resume_token
from huiyin_kernel.settings import ServiceName
from tests.mainjob.desk import Desks
from tests.support.calling import OFFICE, Refused, call_raw, refusal

pytestmark = pytest.mark.asyncio(loop_scope="module")

LISTS: dict[str, tuple[ServiceName, Any]] = {
    "ListCases": ("streams", ListCasesRequest),
    "ListClocks": ("supervision", ListClocksRequest),
}


async def _asked(desks: Desks, method: str, request: Message) -> Refused:
    client = (await desks.at(OFFICE)).client
    service = client.cases if LISTS.get(method, ("streams",))[0] == "streams" else client.supervision
    return await refusal(getattr(service, method)(request))


@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize("size", [-1, 501, 2**31 - 1])
async def test_a_page_of_an_impossible_size_is_refused_with_the_bounds(
    desks: Desks, method: str, size: int
) -> None:
    refused = await _asked(desks, method, LISTS[method][1](page_size=size))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "PAGE_SIZE_OUT_OF_BOUNDS")
    assert "between 0 and 500" in refused.message
    assert refused.facts == {"field": "page_size", "limit": "500"}


def _encoded(words: str) -> str:
    return base64.urlsafe_b64encode(words.encode()).decode()


INSTANT = "2026-01-01T00:00:00+00:00"
FORGED = ["x", "cases|today|x", f"others|{INSTANT}|x", "cases|2026-01-01|x", f"cases|{INSTANT}|a\0b"]
TOKENS = ["nonsense", "页", "====", *map(_encoded, FORGED)]


@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize("token", TOKENS)
async def test_a_page_token_that_nobody_gave_out_is_refused(desks: Desks, method: str, token: str) -> None:
    refused = await _asked(desks, method, LISTS[method][1](page_token=token))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "MALFORMED_PAGE_TOKEN")
    assert "from an earlier response of this list" in refused.message


async def test_a_case_that_is_not_named_is_refused(desks: Desks) -> None:
    refused = await _asked(desks, "GetCase", GetCaseRequest())
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "CASE_REQUIRED")


@pytest.mark.parametrize("number", ["HY990100-20260101-00000000", "'; DROP TABLE case_row; --", "回"])
async def test_a_number_of_no_case_finds_none(desks: Desks, number: str) -> None:
    refused = await _asked(desks, "GetCase", GetCaseRequest(display_number=number))
    assert (refused.code, refused.reason) == (StatusCode.NOT_FOUND, "NO_SUCH_CASE")


AHEAD, BELOW = SubscribeRequest(after_position=10**12), SubscribeRequest(after_position=-1)


def _from(token: str) -> SubscribeRequest:
    return SubscribeRequest(resume_token=token)


PLACES = {
    "foreign token": (_from(resume_token("judicial@990000", 1)), "FOREIGN_RESUME_TOKEN"),
    "no token": (_from("nonsense"), "MALFORMED_RESUME_TOKEN"),
    "page token": (_from(_encoded("a|b")), "MALFORMED_RESUME_TOKEN"),
    "token ahead": (_from(resume_token("intake@990000", 10**30)), "POSITION_OUT_OF_BOUNDS"),
    "position ahead": (AHEAD, "POSITION_OUT_OF_BOUNDS"),
    "position below": (BELOW, "POSITION_OUT_OF_BOUNDS"),
    "unknown type": (SubscribeRequest(types=["PetitionRegistered"]), "UNKNOWN_EVENT_TYPE"),
    "no case": (SubscribeRequest(case_ids=["7"]), "MALFORMED_IDENTIFIER"),
}


@pytest.mark.parametrize("request_, reason", PLACES.values(), ids=PLACES.keys())
async def test_a_subscription_from_nowhere_is_refused(
    desks: Desks, request_: SubscribeRequest, reason: str
) -> None:
    client = (await desks.at(OFFICE)).client

    async def first() -> None:
        async for _ in client.feed("intake").Subscribe(request_):
            return

    refused = await refusal(first())
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, reason)


@pytest.mark.parametrize(
    "service, path",
    [
        ("intake", "/huiyin.intake.v1.IntakeService/DeletePetition"),
        ("judicial", "/huiyin.intake.v1.IntakeService/GetPetition"),
        ("streams", "/huiyin.feed.v1.FeedService/DescribeLog"),
    ],
)
async def test_a_method_that_is_not_there_is_named_as_such(
    desks: Desks, service: ServiceName, path: str
) -> None:
    client = (await desks.at(OFFICE)).client
    refused = await refusal(call_raw(client, service, path, b""))
    assert refused.code is StatusCode.UNIMPLEMENTED


async def test_a_status_that_there_is_not_is_refused_and_not_an_empty_list(desks: Desks) -> None:
    refused = await _asked(desks, "ListCases", ListCasesRequest(status="FINISHED"))
    assert refused.reason == "UNKNOWN_STATUS"
    assert "ACCEPTED" in refused.facts["allowed"]
