"""At the edge every secret of a request is sealed or refused, and none is left in clear."""

from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huiyin.common.v1.types_pb2 import Clear, Person, Sealed, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.context import Principal, Role
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.vault.edge import SecretSealer
from huiyin_kernel.vault.sealed_fields import secrets_in
from huiyin_kernel.vault.secret_fields import SealingLimits
from huiyin_kernel.vault.vault import Vault
from tests.unit.vault.vault_support import KeyRows, new_clock, new_master, person, text

CASE, PERSON = "case-1", "person-1"
OFFICER = Principal("agency", "officer-01", frozenset({Role.OFFICER}))
SERVICE = Principal("reception", "", frozenset({Role.SERVICE}))
SEALED = Sealed(key_id="0192f0c1-0000-7000-8000-000000000001", nonce=bytes(12), ciphertext=bytes(32))


@pytest.fixture
def rows() -> KeyRows:
    return KeyRows()


@pytest.fixture
def sealer(rows: KeyRows, tmp_path: Path) -> SecretSealer:
    clock = new_clock()
    master = new_master(tmp_path, clock)
    return SecretSealer(Vault(rows, master, clock), master.derived, SealingLimits(100, 20, 150))


def filing(
    name: str = "张三", subject: str = "噪音扰民", content: str = "夜间施工"
) -> intake.RegisterPetitionRequest:
    return intake.RegisterPetitionRequest(
        channel="letter",
        petitioner=Secret(clear=person(name, "990101199001011234")),
        subject=Secret(clear=text(subject)),
        content=Secret(clear=text(content)),
        division="990101",
    )


async def refusal_of(
    sealer: SecretSealer, request: Message, principal: Principal = OFFICER
) -> tuple[str, dict[str, str]]:
    with pytest.raises(RefusedError) as caught:
        await sealer.seal_request(request, CASE, PERSON, principal)
    return caught.value.refusal.reason, dict(caught.value.refusal.facts)


async def test_a_filing_is_sealed_under_its_person_and_its_case(sealer: SecretSealer, rows: KeyRows) -> None:
    request = filing()
    sealed = await sealer.seal_request(request, CASE, PERSON, OFFICER, fresh={CASE, PERSON})
    assert rows.questions == 0
    await rows.add(sealed.new_keys)
    assert {key.subject for key in sealed.new_keys} == {CASE, PERSON}
    by_id = {str(key.key_id): key.subject for key in sealed.new_keys}
    assert by_id[request.petitioner.sealed.key_id] == PERSON
    assert by_id[request.subject.sealed.key_id] == by_id[request.content.sealed.key_id] == CASE
    opened = [await sealer.vault.open(one.sealed) for one in (request.petitioner, request.content)]
    assert opened == [person("张三", "990101199001011234"), text("夜间施工")]
    assert (request.petitioner.sealed.purpose, request.content.sealed.purpose) == ("petitioner", "content")
    assert sealed.document_mark == b""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=3, max_size=20))
async def test_no_clear_value_is_left_in_a_sealed_request(sealer: SecretSealer, words: str) -> None:
    request = filing(name=words, subject=words, content=words)
    sealed = await sealer.seal_request(request, CASE, PERSON, OFFICER)
    assert sealed.request is request
    assert words.encode() not in request.SerializeToString()
    assert b"990101199001011234" not in request.SerializeToString()
    assert all(words.encode() not in key.wrapped for key in sealed.new_keys)


async def test_each_filing_of_a_batch_is_found(sealer: SecretSealer) -> None:
    batch = intake.RegisterPetitionsRequest(petitions=[filing(), filing()])
    assert [found.purpose for found in secrets_in(batch)] == ["petitioner", "subject", "content"] * 2
    await sealer.seal_request(batch, CASE, PERSON, OFFICER)
    assert "夜间施工".encode() not in batch.SerializeToString()


async def test_secrets_of_one_field_can_belong_to_another_case(sealer: SecretSealer) -> None:
    request = intake.SplitPetitionRequest(
        subject=Secret(clear=text("甲")),
        content=Secret(clear=text("乙")),
        reasons=Secret(clear=text("丙")),
        remainder=intake.Statement(content=Secret(clear=text("丁"))),
    )
    part = {"subject": "case-part", "content": "case-part"}
    sealed = await sealer.seal_request(request, CASE, None, OFFICER, fields=part)
    by_id = {str(key.key_id): key.subject for key in sealed.new_keys}
    assert by_id[request.content.sealed.key_id] == "case-part"
    assert by_id[request.reasons.sealed.key_id] == CASE
    assert by_id[request.remainder.content.sealed.key_id] == CASE
    assert request.remainder.content.sealed.purpose == "content"


@pytest.mark.parametrize(
    "blank",
    [
        Secret(),
        Secret(clear=Clear()),
        Secret(clear=text("")),
        Secret(clear=text(" \t\n　")),
    ],
)
async def test_a_secret_that_says_nothing_counts_as_not_given(sealer: SecretSealer, blank: Secret) -> None:
    request = intake.RegisterPetitionRequest(content=blank, petitioner=Secret(clear=Clear(person=Person())))
    sealed = await sealer.seal_request(request, CASE, PERSON, OFFICER)
    assert not request.HasField("content")
    assert not request.HasField("petitioner")
    assert sealed.new_keys == ()


async def test_a_sealed_secret_is_refused_from_a_client(sealer: SecretSealer) -> None:
    request = filing()
    request.content.sealed.CopyFrom(SEALED)
    assert await refusal_of(sealer, request) == ("UNEXPECTED_SEALED", {"field": "content"})
    assert request.petitioner.HasField("clear"), "nothing is changed before all is checked"


async def test_a_sealed_secret_passes_from_a_service(sealer: SecretSealer) -> None:
    request = filing()
    request.content.sealed.CopyFrom(SEALED)
    await sealer.seal_request(request, CASE, PERSON, SERVICE)
    assert request.content.sealed == SEALED
    assert request.subject.HasField("sealed")


async def test_too_long_a_text_is_refused_with_its_limit_and_not_repeated(sealer: SecretSealer) -> None:
    reason, facts = await refusal_of(sealer, filing(content="长" * 151))
    assert reason == "SECRET_TOO_LONG"
    assert facts == {"field": "content.text", "characters": "151", "characters_max": "150"}
    await sealer.seal_request(filing(content="长" * 150), CASE, PERSON, OFFICER)


async def test_what_a_filing_says_may_be_longer_than_other_texts(sealer: SecretSealer) -> None:
    """Limits are per field: domain rules, 2.4; a long petition is registered."""
    long = Secret(clear=Clear(text="长" * 101))
    request = intake.SplitPetitionRequest(remainder=intake.Statement(content=long))
    await sealer.seal_request(request, CASE, PERSON, OFFICER)
    other = intake.ClassifyPetitionRequest(reasons=Secret(clear=Clear(text="长" * 101)))
    reason, facts = await refusal_of(sealer, other)
    assert (reason, facts["characters_max"]) == ("SECRET_TOO_LONG", "100")


async def test_too_long_a_name_is_refused(sealer: SecretSealer) -> None:
    reason, facts = await refusal_of(sealer, filing(name="长" * 21))
    assert (reason, facts["field"]) == ("SECRET_TOO_LONG", "petitioner.name")


@pytest.mark.parametrize(
    "request_, field",
    [
        (intake.RegisterPetitionRequest(petitioner=Secret(clear=text("张三"))), "petitioner"),
        (intake.RegisterPetitionRequest(content=Secret(clear=person("张三"))), "content"),
    ],
)
async def test_a_person_is_no_text_and_a_text_no_person(
    sealer: SecretSealer, request_: Message, field: str
) -> None:
    reason, facts = await refusal_of(sealer, request_)
    assert (reason, facts["field"]) == ("SECRET_KIND_WRONG", field)


async def test_a_document_has_a_mark_that_a_redo_repeats(sealer: SecretSealer) -> None:
    def opinion(words: str) -> intake.IssueOpinionRequest:
        return intake.IssueOpinionRequest(document=Secret(clear=text(words)))

    first = await sealer.seal_request(opinion("维持原意见。"), CASE, None, OFFICER)
    again = await sealer.seal_request(opinion("维持 原意见。"), CASE, None, OFFICER)
    other = await sealer.seal_request(opinion("撤销原意见。"), CASE, None, OFFICER)
    assert first.document_mark == again.document_mark != other.document_mark
    assert len(first.document_mark) == 32


async def test_a_request_without_secrets_costs_nothing(sealer: SecretSealer, rows: KeyRows) -> None:
    sealed = await sealer.seal_request(intake.ClosePetitionRequest(case_id="1"), CASE, None, OFFICER)
    assert (sealed.new_keys, rows.questions) == ((), 0)


async def test_the_next_command_on_a_case_uses_its_key_without_a_question(
    sealer: SecretSealer, rows: KeyRows
) -> None:
    sealed = await sealer.seal_request(filing(), CASE, PERSON, OFFICER, fresh={CASE, PERSON})
    sealer.remember(sealed, await rows.add(sealed.new_keys))
    note = intake.HandOverPetitionRequest(note=Secret(clear=text("请依法处理")))
    again = await sealer.seal_request(note, CASE, None, OFFICER)
    assert (again.new_keys, rows.questions) == ((), 0)


async def test_a_petitioner_without_a_person_is_a_defect(sealer: SecretSealer) -> None:
    with pytest.raises(ValueError, match="needs a person"):
        await sealer.seal_request(filing(), CASE, None, OFFICER)


@pytest.mark.parametrize("module", [intake, reception, judicial, supervision])
def test_every_secret_of_every_request_is_found(module: Any) -> None:
    """Fills each secret field by the descriptors, and finds as many."""
    for name in module.DESCRIPTOR.message_types_by_name:
        if name.endswith("Request"):
            request = getattr(module, name)()
            fields = [field.name for field in request.DESCRIPTOR.fields if field.message_type is not None]
            secrets = [field for field in fields if isinstance(getattr(request, field), Secret)]
            for field in secrets:
                getattr(request, field).clear.text = "文"
            assert [found.purpose for found in secrets_in(request)] == secrets
