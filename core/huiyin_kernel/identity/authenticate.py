"""From a peer's certificate and an officer's token to the principal of a call."""

from collections.abc import Iterable, Mapping, Sequence

from huiyin_domain.context import Principal, Role
from huiyin_domain.exchange.message import is_officer_name
from huiyin_kernel.identity import certificates
from huiyin_kernel.identity.certificates import Peer
from huiyin_kernel.identity.tokens import OfficerClaims, TokenVerifier, UnauthenticatedError

_SPIFFE_ID = "peer_spiffe_id"
_HEADER = "authorization"
ON_BEHALF_OF = "huiyin-on-behalf-of"
"""Header in which a service without a caller's token names the agency for which it asks.

It is then that agency's system, with its rights and no other: no service lends its own (promise P13)."""
OFFICER = "huiyin-officer-bin"
"""Header in which the exchange, and nobody else, names the officer who acted, as the agency's system said."""
EXCHANGE = "exchange"
"""The service that brings what agencies' systems publish."""
_SCHEME = "bearer"

AuthContext = Mapping[str, Iterable[bytes]]
Pairs = Sequence[tuple[str, str | bytes]]
Metadata = Mapping[str, str | bytes] | Iterable[tuple[str, str | bytes]]


def authenticate(auth_context: AuthContext, metadata: Metadata, verifier: TokenVerifier) -> Principal:
    """Who calls: the agency or service by its certificate, the officer by the token, if there is one.

    An agency's certificate carries tokens of its own officers only. A service's, such as the console's,
    carries any officer's: the principal then is that officer, for the officer's own agency. Without a token
    the principal is the agency's system or the service itself; the exchange is always the one that brings
    what an agency published (decision 0009). Raises UnauthenticatedError; a peer without a certificate never
    gets this far, the handshake refuses it.
    """
    peer = _peer(auth_context)
    pairs = list(metadata.items() if isinstance(metadata, Mapping) else metadata)
    token, client, officer = _token(pairs), _on_behalf_of(pairs, peer), _officer(pairs, peer)
    if _is_exchange(peer):
        return _published(client, officer, token)
    if token is None:
        role = Role.SERVICE if peer.is_service and not client else Role.SYSTEM
        return Principal(peer.name, "", frozenset({role}), client)
    claims = verifier.verify(token)
    if client:
        raise _two_callers()
    if not peer.is_service and claims.agency != peer.name:
        raise _foreign_token(claims, peer)
    return Principal(claims.agency, claims.officer, claims.roles)


def _peer(auth_context: AuthContext) -> Peer:
    """The one identity in the peer's certificate; the names beside it do not count."""
    identities = [identity.decode(errors="replace") for identity in auth_context.get(_SPIFFE_ID, ())]
    peer = certificates.parse(identities[0]) if len(identities) == 1 else None
    if peer is None:
        raise UnauthenticatedError(
            "CERTIFICATE_UNKNOWN",
            "the certificate must carry exactly one URI spiffe://huiyin/agency/<code> or "
            "spiffe://huiyin/service/<name>: use one that the platform's authority issued",
        )
    return peer


def _on_behalf_of(pairs: Pairs, peer: Peer) -> str:
    named = [_text(value) for key, value in pairs if key.lower() == ON_BEHALF_OF]
    if named and not peer.is_service:
        raise UnauthenticatedError(
            "ON_BEHALF_NOT_ALLOWED",
            f"only the platform's services ask on behalf of others: leave the header {ON_BEHALF_OF} out",
        )
    return named[0] if named else ""


def _is_exchange(peer: Peer) -> bool:
    return peer.is_service and peer.name == EXCHANGE


def _published(client: str, officer: str, token: str | None) -> Principal:
    """The exchange for an agency whose certificate it has seen, with the officer that the agency names.

    It is no service that reads everything, and no officer's token makes it one: what it may do is in
    huiyin_domain.exchange.policy.
    """
    if token is not None or not client:
        raise UnauthenticatedError(
            "EXCHANGE_WITHOUT_AGENCY",
            f"the exchange calls for the agency it names in {ON_BEHALF_OF}, and with nobody's token",
        )
    role = Role.OFFICER if officer else Role.SYSTEM
    return Principal(EXCHANGE, officer, frozenset({Role.EXCHANGE, role}), client)


def _officer(pairs: Pairs, peer: Peer) -> str:
    named = [_text(value) for key, value in pairs if key.lower() == OFFICER]
    if not named:
        return ""
    if not _is_exchange(peer) or len(named) > 1 or not is_officer_name(named[0]):
        raise UnauthenticatedError(
            "OFFICER_NOT_ALLOWED",
            f"only the exchange names an officer in {OFFICER}: call with the officer's token instead",
        )
    return named[0]


def _token(pairs: Pairs) -> str | None:
    headers = [value for key, value in pairs if key.lower() == _HEADER]
    if not headers:
        return None
    if len(headers) > 1:
        raise UnauthenticatedError("TOKEN_INVALID", "there is more than one authorization header: send one")
    scheme, _, token = _text(headers[0]).partition(" ")
    if scheme.lower() != _SCHEME or not token.strip():
        raise UnauthenticatedError(
            "TOKEN_MISSING", "the authorization header carries no token: send 'Bearer' and the token"
        )
    return token.strip()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


def _two_callers() -> UnauthenticatedError:
    return UnauthenticatedError(
        "ON_BEHALF_NOT_ALLOWED",
        f"a token says for whom a service asks: leave the header {ON_BEHALF_OF} out, or the token",
    )


def bearer(token: str) -> Pairs:
    """What carries a token on, so that a service asks another as its own caller, and as nobody else."""
    return ((_HEADER, f"Bearer {token}"),)


def bearer_token(metadata: Metadata) -> str:
    """The token that a call brought; empty when it brought none."""
    return _token(list(metadata.items() if isinstance(metadata, Mapping) else metadata)) or ""


def _foreign_token(claims: OfficerClaims, peer: Peer) -> UnauthenticatedError:
    return UnauthenticatedError(
        "TOKEN_OF_ANOTHER_AGENCY",
        f"the token is for an officer of {claims.agency}, the certificate is of {peer.name}: "
        "call with the officer's own agency's certificate",
        {"token_agency": claims.agency, "certificate_agency": peer.name},
    )
