"""A redo is compared with what was revoked before it is sealed, and a person says in what it differs."""

import pytest

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import OpinionIssued
from tests.mainjob.desk import Desks
from tests.support.calling import HOUSING, refusal, text
from tests.support.walking import DIFFERS, Walk, accepted

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD = "经查，供暖管道漏水属实，物业公司已于三月维修。依据物业管理条例，对减免全部供暖费的请求不予支持。"
NEW = "重新调查中听取了信访人陈述，查明四月至五月仍停暖十八天，依法应当按日退还费用，其余请求解释说明。"


async def _revoked(desks: Desks) -> Walk:
    walk = await accepted(desks)
    await walk.answered(OLD)
    await walk.reviewed(types.REVIEW_OUTCOME_REVOKED)
    return walk


async def _refused(walk: Walk, words: str, **fields: object) -> tuple[str, dict[str, str]]:
    client = await walk.client(HOUSING)
    outcome, document = types.OPINION_OUTCOME_EXPLAINED, text(words)
    request = await walk.request("IssueOpinion", HOUSING, outcome=outcome, document=document, **fields)
    found = await refusal(client.intake.IssueOpinion(request))
    return found.reason, dict(found.facts)


async def test_the_text_is_compared_and_the_officer_learns_how_much_is_repeated(desks: Desks) -> None:
    walk = await _revoked(desks)
    reason, facts = await _refused(walk, OLD.replace("三月", "四月"))
    assert (reason, facts["likeness"]) == ("REDO_FINDING_REQUIRED", "LIKENESS_NEARLY_THE_SAME")
    assert int(facts["repeated_percent"]) >= 80
    assert (await _refused(walk, NEW))[1]["likeness"] == "LIKENESS_DIFFERENT"
    assert (await _refused(walk, f" {OLD}。", redo_finding=DIFFERS))[0] == "REDO_REPEATS_OPINION"


async def test_finding_and_comparison_stand_in_the_record_and_the_reasons_are_sealed(desks: Desks) -> None:
    walk = await _revoked(desks)
    await walk.answered(OLD + NEW, types.OPINION_OUTCOME_EXPLAINED, redo_finding=DIFFERS)
    first, redo = [one for one in await walk.history() if isinstance(one, OpinionIssued)]
    assert not first.HasField("redo_finding")
    finding = redo.redo_finding
    assert finding.same_facts == types.SAME_FACTS_DIFFERENT
    assert (finding.likeness, finding.opinion_id) == (types.LIKENESS_NEARLY_THE_SAME, first.opinion_id)
    assert finding.reasons.ciphertext
    assert DIFFERS.reasons.clear.text.encode() not in redo.SerializeToString()
