"""Nobody gets in unproved: every service asks for a certificate of ours and for a token that is good."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpc import StatusCode, aio

from huiyin.feed.v1.service_pb2 import DescribeLogRequest
from huiyin.feed.v1.service_pb2_grpc import FeedServiceStub
from huiyin.intake.v1.service_pb2 import GetPetitionRequest
from huiyin.intake.v1.service_pb2_grpc import IntakeServiceStub
from huiyin_domain.context import Role
from huiyin_kernel.clock import ManualClock, SystemClock
from huiyin_kernel.identity.development import ensure_development_identities
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.identity.tokens import TokenIssuer
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc.client import ClientIdentity, open_channel
from huiyin_kernel.settings import SERVICE_NAMES, ServiceName
from tests.support.calling import DIRECTORY, HOUSING, LOGS, OFFICE, Refused, refusal
from tests.support.platform import Platform

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALL_SECONDS = 5.0


def _identity(folder: Path, profile: str) -> ClientIdentity:
    found = find_profile(folder, profile)
    return ClientIdentity(
        found.authority.read_bytes(), found.certificate.read_bytes(), found.key.read_bytes()
    )


async def _asked(platform: Platform, channel: aio.Channel, *tokens: str) -> Refused:
    """The refusal of a call that would need nothing but an identity."""
    metadata = tuple(("authorization", f"Bearer {token}") for token in tokens)
    stub: Any = IntakeServiceStub(channel)
    request = GetPetitionRequest(case_id=str(uuid7()))
    return await refusal(stub.GetPetition(request, metadata=metadata, timeout=CALL_SECONDS))


@pytest.mark.parametrize("service", SERVICE_NAMES)
async def test_no_service_talks_to_a_client_without_a_certificate(
    platform: Platform, service: ServiceName
) -> None:
    authority = _identity(platform.settings.paths.identity, "auditor").authority
    bare = grpc.ssl_channel_credentials(authority)
    async with aio.secure_channel(platform.settings.addresses.of(service), bare) as channel:
        assert (await _asked(platform, channel)).code is StatusCode.UNAVAILABLE


@pytest.mark.parametrize("service", SERVICE_NAMES)
async def test_no_service_talks_in_plain_text(platform: Platform, service: ServiceName) -> None:
    async with aio.insecure_channel(platform.settings.addresses.of(service)) as channel:
        assert (await _asked(platform, channel)).code is StatusCode.UNAVAILABLE


@pytest.mark.parametrize("service", SERVICE_NAMES)
async def test_no_service_takes_a_certificate_of_another_authority(
    platform: Platform, service: ServiceName, tmp_path: Path
) -> None:
    ensure_development_identities(tmp_path, [next(one for one in DIRECTORY if one.code == OFFICE)])
    foreign = _identity(tmp_path / "identity", f"system@{OFFICE}")
    ours = _identity(platform.settings.paths.identity, "auditor").authority
    mixed = ClientIdentity(ours, foreign.certificate, foreign.key)
    async with open_channel(platform.settings.addresses.of(service), mixed, 65_536) as channel:
        assert (await _asked(platform, channel)).code is StatusCode.UNAVAILABLE


async def _refused_token(platform: Platform, *tokens: str) -> tuple[StatusCode, str]:
    identity = _identity(platform.settings.paths.identity, f"system@{OFFICE}")
    async with open_channel(platform.settings.addresses.intake, identity, 65_536) as channel:
        refused = await _asked(platform, channel, *tokens)
        return refused.code, refused.reason


async def test_a_good_token_gets_as_far_as_the_case(platform: Platform) -> None:
    token = platform.token(OFFICE, Role.OFFICER)
    assert await _refused_token(platform, token) == (StatusCode.NOT_FOUND, "NO_SUCH_CASE")


async def test_an_expired_token_is_refused(platform: Platform) -> None:
    last_month = ManualClock(datetime.now(UTC) - timedelta(days=30))
    token = platform.token(OFFICE, Role.OFFICER, clock=last_month)
    assert await _refused_token(platform, token) == (StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED")


async def test_a_token_of_another_agency_is_refused(platform: Platform) -> None:
    token = platform.token(HOUSING, Role.OFFICER)
    assert await _refused_token(platform, token) == (StatusCode.UNAUTHENTICATED, "TOKEN_OF_ANOTHER_AGENCY")


async def test_a_token_of_another_issuer_is_refused(platform: Platform) -> None:
    issuer = TokenIssuer("urn:elsewhere", Ed25519PrivateKey.generate(), SystemClock())
    token = issuer.issue("officer-99", OFFICE, [Role.OFFICER], timedelta(hours=1))
    assert await _refused_token(platform, token) == (StatusCode.UNAUTHENTICATED, "TOKEN_ISSUER_UNKNOWN")


async def test_a_token_that_was_changed_is_refused(platform: Platform) -> None:
    head, claims, _ = platform.token(OFFICE, Role.OFFICER).split(".")
    signature = platform.token(OFFICE, Role.SUPERVISOR).rpartition(".")[2]
    refused = await _refused_token(platform, f"{head}.{claims}.{signature}")
    assert refused == (StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")


async def test_a_token_cannot_make_a_service_of_an_officer(platform: Platform) -> None:
    token = platform.token(OFFICE, Role.SERVICE)
    assert await _refused_token(platform, token) == (StatusCode.UNAUTHENTICATED, "TOKEN_ROLES_MISSING")


@pytest.mark.parametrize("service", LOGS)
@pytest.mark.parametrize("agency, roles", [(OFFICE, [Role.AUDITOR]), (HOUSING, [Role.AUDITOR, Role.HEAD])])
async def test_no_service_takes_an_auditor_of_an_agency_that_handles_cases(
    platform: Platform, service: ServiceName, agency: str, roles: list[Role]
) -> None:
    """Another role in the token does not save it."""
    identity = _identity(platform.settings.paths.identity, f"system@{agency}")
    metadata = (("authorization", f"Bearer {platform.token(agency, *roles)}"),)
    async with open_channel(platform.settings.addresses.of(service), identity, 65_536) as channel:
        stub: Any = FeedServiceStub(channel)
        asked = stub.DescribeLog(DescribeLogRequest(), metadata=metadata, timeout=CALL_SECONDS)
        refused = await refusal(asked)
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "AUDITOR_HANDLES_CASES")
    assert refused.facts["agency"] == agency


async def test_two_tokens_are_refused(platform: Platform) -> None:
    token = platform.token(OFFICE, Role.OFFICER)
    assert await _refused_token(platform, token, token) == (StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")
