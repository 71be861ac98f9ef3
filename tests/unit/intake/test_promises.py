"""No agreement and no withdrawal is tied to a promise not to petition (Constitution, Art. 41)."""

import pytest

from huiyin_domain.intake.decide.withdrawal import promise_not_to_petition


@pytest.mark.parametrize(
    "text", ["甲方支付补偿，乙方自愿息诉罢访。", "乙方承诺 不再 上访", "签字后停访", "领取救助后不再信访"]
)
def test_a_promise_not_to_petition_is_refused(text: str) -> None:
    refused = promise_not_to_petition("document", text)
    assert refused is not None
    assert (refused.reason, refused.facts["field"]) == ("PROMISE_NOT_TO_PETITION", "document")


@pytest.mark.parametrize("text", ["", "甲方于六月三十日前修好屋顶", "双方自愿达成调解协议"])
def test_what_settles_the_matter_alone_is_taken(text: str) -> None:
    assert promise_not_to_petition("document", text) is None
