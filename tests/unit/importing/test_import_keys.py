"""Request ids repeat for the same filing, differ for others, and give no person away."""

import stat
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_cli.importing.keys import ImportKeys, import_secret
from huiyin_kernel.identity.files import KeyFileError
from tests.unit.importing.import_support import AGENCY, SECRET

KEYS = ImportKeys(AGENCY, "留言编号", SECRET)
TEXTS = st.lists(st.text(), min_size=1, max_size=3)


@given(st.text(), st.text())
def test_row_numbers_give_the_same_id_only_when_they_are_the_same(first: str, second: str) -> None:
    assert (KEYS.of_number(first) == KEYS.of_number(second)) == (first == second)


@given(TEXTS, TEXTS)
def test_contents_give_the_same_digest_only_when_they_are_the_same(
    first: list[str], second: list[str]
) -> None:
    assert (KEYS.digest(*first) == KEYS.digest(*second)) == (first == second)


def test_ids_differ_by_agency_source_and_occurrence() -> None:
    others = (KEYS, ImportKeys("其他", "留言编号", SECRET), ImportKeys(AGENCY, "热线", SECRET))
    digest = KEYS.digest("路灯不亮")
    ids = {keys.of_number("1") for keys in others} | {keys.of_content(digest, 1) for keys in others}
    assert len(ids | {KEYS.of_content(digest, 2)}) == 7
    assert all(str(UUID(request_id)) == request_id for request_id in ids)


def test_an_id_made_from_content_cannot_be_made_without_the_secret() -> None:
    other = ImportKeys(AGENCY, "留言编号", bytes(32))
    assert KEYS.digest("路灯不亮") != other.digest("路灯不亮")


def test_an_id_made_from_content_is_no_plain_hash_of_it() -> None:
    request_id = UUID(KEYS.of_content(KEYS.digest("U1"), 1))
    namespaces = [UUID(int=0), UUID("6f1c8a52-7d0e-4b8e-9a65-0f2f6c1d7e10")]
    assert request_id not in {uuid5(namespace, "U1") for namespace in namespaces}


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    secret = import_secret(folder)
    assert (len(secret), import_secret(folder)) == (32, secret)
    assert stat.S_IMODE((folder / "import.key").stat().st_mode) == 0o600


def test_a_secret_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    import_secret(tmp_path)
    (tmp_path / "import.key").write_bytes(b"short")
    with pytest.raises(KeyFileError):
        import_secret(tmp_path)
