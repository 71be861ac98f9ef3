"""Every event is told in Chinese and English, in the field's words and without personal data."""

import re
from datetime import UTC, datetime

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.judicial.v1 import types_pb2 as judicial_types
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.reception.v1.types_pb2 import CaseAuthority
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin.supervision.v1 import types_pb2 as supervision_types
from huiyin.supervision.v1.types_pb2 import YearCalendar
from huiyin_domain.decider import UnknownEventError
from huiyin_domain.narrative import describe
from huiyin_domain.narrative.sentences import TEMPLATES, WORDS
from huiyin_domain.narrative.writer import LIST_MAX
from tests.support.agencies import BUREAU, CENTRE, CODES, COURT, DIRECTORY, HOUSING, LABOUR, LAND, sealed
from tests.support.meetings import assign, task

EVENTS = [
    getattr(module, name)
    for module in (intake, judicial, reception, supervision)
    for name in module.DESCRIPTOR.message_types_by_name
]
CIPHER = "秘密的密文"


def filled(event: type[Message]) -> Message:
    """The event with every field given; sealed ones carry a ciphertext to look for."""
    message = event()
    for field in message.DESCRIPTOR.fields:
        value = _value(field.message_type, field.enum_type, field.type == field.TYPE_STRING)
        if field.is_repeated:
            getattr(message, field.name).append(value)
        elif isinstance(value, Message):
            getattr(message, field.name).CopyFrom(value)
        elif field.type == field.TYPE_BYTES:
            setattr(message, field.name, CIPHER.encode())
        else:
            setattr(message, field.name, value)
    return message


def _value(message: object, enum: object, text: bool) -> object:
    if message is common.Sealed.DESCRIPTOR:
        return sealed(CIPHER)
    if message is IssueSketch.DESCRIPTOR:
        return IssueSketch(scheme="test", minima=CIPHER.encode())
    if message is Timestamp.DESCRIPTOR:
        return stamp(datetime(2026, 2, 1, 17, 0, tzinfo=UTC))
    if message is common.Authority.DESCRIPTOR:
        return common.Authority(kind=common.AUTHORITY_KIND_SUPERIOR, organ=HOUSING)
    if message is CaseAuthority.DESCRIPTOR:
        return CaseAuthority(case_id="case", authority=common.Authority(organ=HOUSING))
    if message is types.SameFactsFinding.DESCRIPTOR:
        return types.SameFactsFinding(same_facts=types.SAME_FACTS_DIFFERENT, reasons=sealed(CIPHER))
    if message is YearCalendar.DESCRIPTOR:
        return YearCalendar(year=2027)
    if message is not None:
        return assign()
    return HOUSING if text else 1


def stamp(instant: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(instant)
    return timestamp


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.DESCRIPTOR.name)
def test_every_event_is_told_and_none_is_missing(event: type[Message]) -> None:
    for message in (event(), filled(event)):
        zh, en = describe(message, DIRECTORY)
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert re.search(r"[a-z]{3}", en)
        assert not re.search(r"[{}\[\]]", zh + en)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.DESCRIPTOR.name)
def test_no_sentence_shows_what_is_sealed(event: type[Message]) -> None:
    told = "".join(describe(filled(event), DIRECTORY))
    assert CIPHER not in told
    assert sealed().key_id not in told


@pytest.mark.parametrize("event", TEMPLATES, ids=lambda event: event.DESCRIPTOR.name)
def test_a_sentence_names_the_same_fields_in_both_languages(event: type[Message]) -> None:
    zh, en = (sorted(re.findall(r"{(\w+)}", text)) for text in TEMPLATES[event])
    assert zh == en
    assert set(zh) <= set(event.DESCRIPTOR.fields_by_name)


def test_every_value_of_every_enum_told_has_words_in_both_languages() -> None:
    fields = (event.DESCRIPTOR.fields_by_name[name] for event, name in _placeholders())
    for enum in (field.enum_type for field in fields if field.enum_type is not None):
        words = WORDS[enum.full_name]
        assert set(words) == set(enum.values_by_number)
        assert all(zh and en for number, (zh, en) in words.items() if number)


def _placeholders() -> list[tuple[type[Message], str]]:
    return [(event, name) for event, (zh, _) in TEMPLATES.items() for name in re.findall(r"{(\w+)}", zh)]


def test_something_else_than_an_event_is_an_error() -> None:
    with pytest.raises(UnknownEventError):
        describe(common.Actor(), DIRECTORY)


def test_registration_reads_like_a_register() -> None:
    event = intake.PetitionRegistered(
        unit=BUREAU,
        display_number="HY990101-20260202-00000001",
        channel="letter",
        received_time=stamp(datetime(2026, 2, 1, 17, 0, tzinfo=UTC)),
        division="990101",
        person_count=3,
        petitioner=sealed("张三"),
    )
    zh, en = describe(event, DIRECTORY, CODES)
    assert zh == (
        "甲县信访局登记信访事项 HY990101-20260202-00000001：渠道 来信，收到日期 2026-02-02，问题属地 甲县"
        "，3 人；姓名和内容已密封"
    )
    assert en == (
        "Jia County Petition Bureau registered petition HY990101-20260202-00000001: channel letter,"
        " received 2026-02-02, place Jia County, persons: 3; names and content are sealed"
    )


def test_codes_stand_for_themselves_where_no_table_names_them() -> None:
    event = intake.PetitionClassified(
        petition_class=types.PETITION_CLASS_CLAIM, track=common.TRACK_ADMINISTRATIVE, content_class="c1"
    )
    assert "内容分类 c1" in describe(event, DIRECTORY)[0]
    assert "内容分类 城乡建设" in describe(event, DIRECTORY, CODES)[0]
    assert "content class 城乡建设" in describe(event, DIRECTORY, CODES)[1]


@pytest.mark.parametrize(
    "event, zh, en",
    [
        (
            intake.PetitionHandedOver(
                from_unit=BUREAU,
                to_unit=HOUSING,
                kind=types.HANDOVER_KIND_REFERRAL,
                due_date="2026-04-01",
            ),
            "甲县信访局将事项交办甲县住建局，办理期限 2026-04-01",
            (
                "Jia County Petition Bureau sent the matter to Jia Housing Bureau (referral for handling),"
                " due 2026-04-01"
            ),
        ),
        (
            intake.ReviewDecided(level=types.REVIEW_LEVEL_RE_REVIEW, outcome=types.REVIEW_OUTCOME_REVOKED),
            "作出复核意见：撤销，责令重新办理",
            "re-review decided: revoked, to be done again",
        ),
        (
            judicial.LitigationReferred(
                referring_unit=BUREAU, organ=COURT, organ_kind=judicial_types.ORGAN_KIND_COURT
            ),
            "甲县信访局将涉法涉诉部分移送甲县人民法院（法院）",
            "Jia County Petition Bureau referred the litigation part to Jia County Court (court)",
        ),
        (
            reception.MeetingConvened(convener=BUREAU, centre=CENTRE, participants=[HOUSING, LAND]),
            "甲县信访局召集联席会议，地点 甲县联合接访中心，参加单位：甲县住建局、甲县自然资源局",
            (
                "Jia County Petition Bureau called a joint meeting at Jia Joint Centre of Jia Housing Bureau,"
                " Jia Land Bureau"
            ),
        ),
        (
            reception.ItemSettled(applied=False, reason="STALE_EPOCH"),
            "决议事项落定：未生效，原因 STALE_EPOCH",
            "an item of the resolution is settled: refused, STALE_EPOCH",
        ),
        (
            supervision.OrderIssued(
                supervisor=BUREAU,
                unit=LABOUR,
                ground=supervision_types.ORDER_GROUND_OVERDUE,
                due_date="2026-04-01",
            ),
            "甲县信访局向甲县人社局发出督办单：无正当理由超期，答复期限 2026-04-01",
            (
                "Jia County Petition Bureau issued a supervision order to Jia Labour Bureau:"
                " overdue without good reason, to be answered by 2026-04-01"
            ),
        ),
        (
            intake.PersonalDataRead(purposes=["petitioner", "opinion"], ground="review"),
            "查阅个人信息：信访人、opinion，用途：复查复核",
            "personal data was read: petitioner, opinion, for review",
        ),
    ],
)
def test_sentences_use_the_fields_words(event: Message, zh: str, en: str) -> None:
    assert describe(event, DIRECTORY) == (zh, en)


def test_a_resolution_names_its_items_with_unit_and_date() -> None:
    zh, _ = describe(reception.ResolutionBound(items=[assign(), task()]), DIRECTORY)
    assert "确定责任单位为甲县住建局" in zh
    assert "任务为甲县人社局（期限 2026-04-01）" in zh


def test_a_long_list_says_how_many_there_are() -> None:
    zh, en = describe(reception.ResolutionBound(items=[task()] * 30), DIRECTORY)
    assert zh.count("任务") == en.count("task") == LIST_MAX
    assert zh.endswith("等共30项")
    assert en.endswith("30 in all")


def test_values_cannot_pretend_to_be_fields() -> None:
    event = intake.PetitionNotAccepted(redirect_unit="[{officer}]", officer="officer-7")
    assert "主管机关：[{officer}]；" in describe(event, DIRECTORY)[0]


def test_a_value_that_a_newer_build_wrote_is_shown_as_its_number() -> None:
    event = intake.PetitionClosed.FromString(bytes([0x08, 99]))
    assert describe(event, DIRECTORY) == ("办结：99", "closed: 99")


def test_an_act_that_was_entered_late_is_told_as_such_with_who_answers_for_it() -> None:
    late = common.Entry(kind=common.ENTRY_KIND_LATE, approved_by="head-01", officer="clerk-07")
    zh, en = describe(intake.OpinionServed(), DIRECTORY, CODES, late)
    assert zh.endswith("（补录，负责人 head-01 批准，经办人 clerk-07）")
    assert en.endswith(" (late entry, approved by head-01, noted by clerk-07)")


def test_history_is_told_as_such_and_an_entry_in_time_says_nothing() -> None:
    registered = intake.PetitionRegistered()
    history = describe(registered, DIRECTORY, CODES, common.Entry(kind=common.ENTRY_KIND_IMPORTED))
    plain = describe(registered, DIRECTORY, CODES)
    assert history == (f"{plain[0]}（历史数据）", f"{plain[1]} (imported history)")
    assert describe(registered, DIRECTORY, CODES, common.Entry(kind=common.ENTRY_KIND_TIMELY)) == plain
