"""Over a real connection: who has our certificate and a good token is known, everyone else is refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

from huiyin.common.v1.types_pb2 import Actor
from huiyin_domain.context import Principal
from huiyin_domain.directory import Organisation, OrganisationKind
from huiyin_kernel.clock import ManualClock, SystemClock
from huiyin_kernel.identity.authenticate import authenticate
from huiyin_kernel.identity.development import (
    TOKEN_VALIDITY,
    DevelopmentIdentities,
    ensure_development_identities,
)
from huiyin_kernel.identity.profiles import ClientProfile
from huiyin_kernel.identity.tokens import TokenVerifier
from huiyin_kernel.rpc.client import ClientIdentity, open_channel
from huiyin_kernel.rpc.endpoint import Caller, EndpointLimits, Unary
from huiyin_kernel.rpc.errors import reason_of
from huiyin_kernel.rpc.server import Server, ServerLimits
from tests.support.serving import MANY

PETITION_OFFICE, COURT = "119901010000000001", "119901010000000003"
UNITS = (
    Organisation(PETITION_OFFICE, "县信访局", "County office", OrganisationKind.PETITION_OFFICE, "990101"),
    Organisation(COURT, "县法院", "County court", OrganisationKind.COURT, "990101"),
)
WHO = "/huiyin.test.Identity/Who"


@dataclass(frozen=True)
class Platform:
    """A server that answers who is calling, and the identities it knows."""

    address: str
    clock: ManualClock
    made: DevelopmentIdentities

    async def who(self, identity: ClientIdentity, token: str = "") -> Actor:
        metadata = (("authorization", f"Bearer {token}"),) if token else ()
        async with open_channel(self.address, identity, 65_536) as channel:
            call: Any = channel.unary_unary(WHO, Actor.SerializeToString, Actor.FromString)
            answer: Actor = await call(Actor(), metadata=metadata, timeout=10)
            return answer

    async def who_as(self, profile: str) -> Actor:
        found = self.made.profiles[profile]
        return await self.who(credentials(found), found.read_token())

    async def refusal(self, identity: ClientIdentity, token: str = "") -> tuple[grpc.StatusCode, str]:
        with pytest.raises(aio.AioRpcError) as caught:
            await self.who(identity, token)
        return caught.value.code(), reason_of(caught.value)


def credentials(profile: ClientProfile) -> ClientIdentity:
    return ClientIdentity(
        profile.authority.read_bytes(), profile.certificate.read_bytes(), profile.key.read_bytes()
    )


async def _who(caller: Caller, _request: Actor) -> Actor:
    roles = ",".join(sorted(caller.principal.roles))
    return Actor(agency=caller.principal.agency, officer=caller.principal.officer, on_behalf_of=roles)


def _principal(verifier: TokenVerifier, context: Any) -> Principal:
    return authenticate(context.auth_context(), context.invocation_metadata() or (), verifier)


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    clock = ManualClock(SystemClock().now())
    made = ensure_development_identities(tmp_path / "home", UNITS, clock)
    own = credentials(made.service("intake"))
    server = Server(
        grpc.ssl_server_credentials([(own.key, own.certificate)], own.authority, require_client_auth=True),
        partial(_principal, TokenVerifier(made.issuers_file, clock)),
        ServerLimits(EndpointLimits(65_536, 10), calls=MANY, subscriptions=MANY, drain_seconds=1),
    )
    server.add("huiyin.test.Identity", {"Who": Unary(Actor, _who)})
    port = await server.start("127.0.0.1:0")
    yield Platform(f"127.0.0.1:{port}", clock, made)
    await server.stop()


async def test_agencies_officers_and_services_are_known(platform: Platform) -> None:
    system = await platform.who_as(f"system@{COURT}")
    officer = await platform.who_as(f"officer@{COURT}")
    service = await platform.who_as("service@reception")
    assert system == Actor(agency=COURT, on_behalf_of="system")
    assert officer == Actor(agency=COURT, officer="officer-01", on_behalf_of="officer")
    assert service == Actor(agency="reception", on_behalf_of="service")


async def test_the_console_calls_as_the_officer_who_uses_it(platform: Platform) -> None:
    token = platform.made.profiles[f"head@{COURT}"].read_token()
    found = await platform.who(credentials(platform.made.service("console")), token)
    assert found == Actor(agency=COURT, officer="head-01", on_behalf_of="head,officer")


async def test_no_call_gets_through_without_a_certificate(platform: Platform) -> None:
    authority = platform.made.service("intake").authority.read_bytes()
    bare = grpc.ssl_channel_credentials(authority)
    async with aio.secure_channel(platform.address, bare) as channel:
        call: Any = channel.unary_unary(WHO, Actor.SerializeToString, Actor.FromString)
        with pytest.raises(aio.AioRpcError) as caught:
            await call(Actor(), timeout=5)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_no_call_gets_through_in_plain_text(platform: Platform) -> None:
    async with aio.insecure_channel(platform.address) as channel:
        call: Any = channel.unary_unary(WHO, Actor.SerializeToString, Actor.FromString)
        with pytest.raises(aio.AioRpcError) as caught:
            await call(Actor(), timeout=5)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_certificate_of_another_authority_is_refused(platform: Platform, tmp_path: Path) -> None:
    foreign = ensure_development_identities(tmp_path / "foreign", UNITS).profiles[f"system@{COURT}"]
    authority = platform.made.service("intake").authority.read_bytes()
    forged = ClientIdentity(authority, foreign.certificate.read_bytes(), foreign.key.read_bytes())
    code, _ = await platform.refusal(forged)
    assert code is grpc.StatusCode.UNAVAILABLE


async def test_a_client_refuses_a_server_of_another_authority(platform: Platform, tmp_path: Path) -> None:
    foreign = ensure_development_identities(tmp_path / "foreign", UNITS).profiles[f"system@{COURT}"]
    code, _ = await platform.refusal(credentials(foreign))
    assert code is grpc.StatusCode.UNAVAILABLE


async def test_an_agency_cannot_pose_as_a_server(platform: Platform) -> None:
    agency = credentials(platform.made.profiles[f"system@{COURT}"])
    server = aio.server()
    port = server.add_secure_port(
        "127.0.0.1:0", grpc.ssl_server_credentials([(agency.key, agency.certificate)])
    )
    await server.start()
    posing = Platform(f"127.0.0.1:{port}", platform.clock, platform.made)
    code, _ = await posing.refusal(credentials(platform.made.service("reception")))
    await server.stop(None)
    assert code is grpc.StatusCode.UNAVAILABLE


async def test_a_token_of_another_agency_is_refused(platform: Platform) -> None:
    token = platform.made.profiles[f"officer@{PETITION_OFFICE}"].read_token()
    court = credentials(platform.made.profiles[f"system@{COURT}"])
    assert await platform.refusal(court, token) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "TOKEN_OF_ANOTHER_AGENCY",
    )


async def test_an_expired_token_is_refused(platform: Platform) -> None:
    officer = platform.made.profiles[f"officer@{COURT}"]
    platform.clock.set(platform.clock.now() + TOKEN_VALIDITY + timedelta(minutes=1))
    found = await platform.refusal(credentials(officer), officer.read_token())
    assert found == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED")


async def test_a_forged_token_is_refused(platform: Platform, tmp_path: Path) -> None:
    foreign = ensure_development_identities(tmp_path / "foreign", UNITS).profiles[f"officer@{COURT}"]
    court = credentials(platform.made.profiles[f"system@{COURT}"])
    code, reason = await platform.refusal(court, foreign.read_token())
    assert (code, reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_ISSUER_UNKNOWN")
