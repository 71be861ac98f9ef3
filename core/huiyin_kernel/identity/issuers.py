"""The issuers whose officer tokens are trusted: a file of JSON Web Key Sets (RFC 7517), one per issuer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
from pydantic import BaseModel, ConfigDict, ValidationError

from huiyin_kernel.identity.files import KeyFileError, write_whole

ALGORITHMS = frozenset({"EdDSA", "ES256", "ES384", "RS256", "PS256"})
"""Signatures accepted: public-key ones only, so that a verifier can never issue."""

Keys = Mapping[tuple[str, str], jwt.PyJWK]
"""Public keys by issuer and key id."""


class _Issuer(BaseModel):
    """An entry of the file: a key set, and whose it is."""

    model_config = ConfigDict(extra="forbid")

    issuer: str
    keys: list[dict[str, Any]]


class _Issuers(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    issuers: list[_Issuer]


def read_issuers(path: Path) -> Keys:
    """The trusted keys of a file. Raises KeyFileError."""
    return {(entry.issuer, key.key_id or ""): key for entry in _entries(path) for key in _keys(path, entry)}


def trust_issuer(path: Path, issuer: str, keys: list[dict[str, Any]]) -> None:
    """Puts an issuer's public keys into the file, in place of its earlier ones; others stay."""
    entries = _entries(path) if path.exists() else []
    wanted = [*(entry for entry in entries if entry.issuer != issuer), _Issuer(issuer=issuer, keys=keys)]
    content = _Issuers(issuers=wanted).model_dump_json(indent=2)
    write_whole(path, content.encode() + b"\n", mode=0o644)


def _entries(path: Path) -> list[_Issuer]:
    try:
        return _Issuers.model_validate_json(path.read_bytes()).issuers
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise KeyFileError(f"{path} is no list of token issuers: {error}") from error


def _keys(path: Path, entry: _Issuer) -> list[jwt.PyJWK]:
    try:
        keys = [jwt.PyJWK(key) for key in entry.keys]
    except jwt.PyJWTError as error:
        raise KeyFileError(f"{path}: a key of {entry.issuer} cannot be used: {error}") from error
    for key in keys:
        if key.algorithm_name not in ALGORITHMS:
            raise KeyFileError(
                f"{path}: {entry.issuer} has a key for {key.algorithm_name}; use {sorted(ALGORITHMS)}"
            )
    return keys
