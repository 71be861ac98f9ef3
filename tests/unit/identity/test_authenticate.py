"""The principal of a call follows from the peer's certificate and the officer's token, and nothing else."""

from pathlib import Path

import pytest

from huiyin_domain.context import Principal, Role
from huiyin_kernel.identity import certificates
from huiyin_kernel.identity.authenticate import OFFICER, ON_BEHALF_OF, AuthContext, Metadata, authenticate
from huiyin_kernel.identity.tokens import UnauthenticatedError
from tests.unit.identity.identity_support import AGENCY, Trusted

OTHER = "11990101MB0000002X"


@pytest.fixture
def trusted(tmp_path: Path) -> Trusted:
    return Trusted(tmp_path)


def peer(*identities: str) -> AuthContext:
    return {"peer_spiffe_id": [identity.encode() for identity in identities], "x509_common_name": [b"boss"]}


def bearer(token: str) -> Metadata:
    return (("user-agent", "test"), ("authorization", f"Bearer {token}"))


def refusal(trusted: Trusted, context: AuthContext, metadata: Metadata) -> UnauthenticatedError:
    with pytest.raises(UnauthenticatedError) as caught:
        authenticate(context, metadata, trusted.verifier)
    return caught.value


def test_an_agency_without_a_token_is_its_system(trusted: Trusted) -> None:
    found = authenticate(peer(certificates.agency_uri(AGENCY)), (), trusted.verifier)
    assert found == Principal(AGENCY, "", frozenset({Role.SYSTEM}))


def test_a_service_without_a_token_is_itself(trusted: Trusted) -> None:
    found = authenticate(peer(certificates.service_uri("intake")), {}, trusted.verifier)
    assert found == Principal("intake", "", frozenset({Role.SERVICE}))


def test_a_service_that_asks_for_an_agency_has_the_rights_of_its_system_and_not_its_own(
    trusted: Trusted,
) -> None:
    found = authenticate(
        peer(certificates.service_uri("judicial")), ((ON_BEHALF_OF, AGENCY),), trusted.verifier
    )
    assert found == Principal("judicial", "", frozenset({Role.SYSTEM}), on_behalf_of=AGENCY)


def test_a_service_asks_for_one_caller_alone(trusted: Trusted) -> None:
    metadata = (*bearer(trusted.token()), (ON_BEHALF_OF, OTHER))
    found = refusal(trusted, peer(certificates.service_uri("judicial")), metadata)
    assert found.reason == "ON_BEHALF_NOT_ALLOWED"


def test_an_agency_asks_on_behalf_of_nobody_else(trusted: Trusted) -> None:
    metadata = (*bearer(trusted.token()), (ON_BEHALF_OF, OTHER))
    found = refusal(trusted, peer(certificates.agency_uri(AGENCY)), metadata)
    assert found.reason == "ON_BEHALF_NOT_ALLOWED"


def test_an_agency_with_a_token_is_its_officer(trusted: Trusted) -> None:
    found = authenticate(peer(certificates.agency_uri(AGENCY)), bearer(trusted.token()), trusted.verifier)
    assert found == Principal(AGENCY, "officer-01", frozenset({Role.OFFICER}))


def test_a_service_with_a_token_is_the_officer_and_no_service(trusted: Trusted) -> None:
    metadata = {"Authorization": f"bearer  {trusted.token()} "}
    found = authenticate(peer(certificates.service_uri("console")), metadata, trusted.verifier)
    assert found == Principal(AGENCY, "officer-01", frozenset({Role.OFFICER}))


def test_an_agency_with_a_token_of_another_is_refused(trusted: Trusted) -> None:
    found = refusal(trusted, peer(certificates.agency_uri(OTHER)), bearer(trusted.token()))
    assert found.reason == "TOKEN_OF_ANOTHER_AGENCY"
    assert found.facts == {"token_agency": AGENCY, "certificate_agency": OTHER}


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "token"])
def test_a_header_without_a_token_is_refused(trusted: Trusted, value: str) -> None:
    metadata = (("authorization", value),)
    assert refusal(trusted, peer(certificates.agency_uri(AGENCY)), metadata).reason == "TOKEN_MISSING"


def test_two_authorization_headers_are_refused(trusted: Trusted) -> None:
    metadata = (("authorization", f"Bearer {trusted.token()}"),) * 2
    assert refusal(trusted, peer(certificates.agency_uri(AGENCY)), metadata).reason == "TOKEN_INVALID"


def test_a_wrong_token_is_refused_rather_than_passed_over(trusted: Trusted) -> None:
    assert (
        refusal(trusted, peer(certificates.service_uri("console")), bearer("x.y.z")).reason == "TOKEN_INVALID"
    )


@pytest.mark.parametrize(
    "identities",
    [
        [],
        ["spiffe://elsewhere/agency/1"],
        ["spiffe://huiyin/agency/"],
        ["spiffe://huiyin/agency/a/b"],
        ["spiffe://huiyin/agency/..%2Fservice"],
        ["spiffe://huiyin/agency/1\n"],
        ["spiffe://huiyin/person/1"],
        ["https://huiyin/agency/1"],
        [certificates.agency_uri(AGENCY), certificates.service_uri("intake")],
    ],
)
def test_a_certificate_without_one_identity_of_ours_is_refused(
    trusted: Trusted, identities: list[str]
) -> None:
    assert refusal(trusted, peer(*identities), bearer(trusted.token())).reason == "CERTIFICATE_UNKNOWN"


@pytest.mark.parametrize("name", ["", "a/b", "..", "a b", "a\n", "市局", "x" * 65])
def test_names_that_no_certificate_or_file_can_bear_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no name for a certificate"):
        certificates.agency_uri(name)


def published(**headers: str) -> Metadata:
    names = {"agency": ON_BEHALF_OF, "officer": OFFICER}
    return tuple((names[name], value) for name, value in headers.items())


EXCHANGE_PEER = peer(certificates.service_uri("exchange"))


def test_the_exchange_brings_what_an_officer_did_as_the_agencys_system_said(trusted: Trusted) -> None:
    found = authenticate(EXCHANGE_PEER, published(agency=AGENCY, officer="王-03"), trusted.verifier)
    assert found == Principal("exchange", "王-03", frozenset({Role.EXCHANGE, Role.OFFICER}), AGENCY)
    assert found.acting_agency == AGENCY


def test_the_exchange_brings_what_an_agencys_system_did(trusted: Trusted) -> None:
    found = authenticate(EXCHANGE_PEER, published(agency=AGENCY), trusted.verifier)
    assert found == Principal("exchange", "", frozenset({Role.EXCHANGE, Role.SYSTEM}), AGENCY)


def test_the_exchange_is_nobody_by_itself(trusted: Trusted) -> None:
    for metadata in ((), published(officer="officer-01")):
        assert refusal(trusted, EXCHANGE_PEER, metadata).reason == "EXCHANGE_WITHOUT_AGENCY"


def test_the_exchange_carries_no_token(trusted: Trusted) -> None:
    metadata = (*bearer(trusted.token()), *published(agency=AGENCY))
    assert refusal(trusted, EXCHANGE_PEER, metadata).reason == "EXCHANGE_WITHOUT_AGENCY"


@pytest.mark.parametrize("name", ["intake", "console", "streams", "cli"])
def test_no_other_service_names_an_officer(trusted: Trusted, name: str) -> None:
    metadata = published(agency=AGENCY, officer="officer-01")
    found = refusal(trusted, peer(certificates.service_uri(name)), metadata)
    assert found.reason == "OFFICER_NOT_ALLOWED"


def test_no_agency_names_an_officer_not_even_one_called_exchange(trusted: Trusted) -> None:
    for code in (AGENCY, "exchange"):
        found = refusal(trusted, peer(certificates.agency_uri(code)), published(officer="officer-01"))
        assert found.reason == "OFFICER_NOT_ALLOWED"


@pytest.mark.parametrize("officer", ["", " ", "a\x00b", "x" * 101])
def test_an_officer_in_no_good_form_is_refused(trusted: Trusted, officer: str) -> None:
    found = refusal(trusted, EXCHANGE_PEER, published(agency=AGENCY, officer=officer))
    assert found.reason == "OFFICER_NOT_ALLOWED"


def test_two_officers_are_refused(trusted: Trusted) -> None:
    metadata = (*published(agency=AGENCY, officer="a"), *published(officer="b"))
    assert refusal(trusted, EXCHANGE_PEER, metadata).reason == "OFFICER_NOT_ALLOWED"
