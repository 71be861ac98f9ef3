"""Every form in which a file may write a time gives the instant it means, or a reason."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_cli.importing.faults import CellError, Reason
from huiyin_cli.importing.times import instant_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
at = datetime.fromisoformat
PADDING = st.text(alphabet="\t\n \xa0\u3000\ufeff", max_size=3)
# From 1992 on Shanghai has kept one offset; before, a local hour could mean two instants.
LOCAL = st.datetimes(min_value=at("1992-01-01"), max_value=at("2100-01-01")).map(
    lambda moment: moment.replace(microsecond=0)
)
FORMS = (
    "{0.year}/{0.month}/{0.day} {0.hour}:{0.minute:02}:{0.second:02}",
    "{0.year}-{0.month:02}-{0.day:02} {0.hour:02}:{0.minute:02}:{0.second:02}",
    "{0.year}-{0.month:02}-{0.day:02}T{0.hour:02}:{0.minute:02}:{0.second:02}.000",
    "{0.year}.{0.month}.{0.day} {0.hour}:{0.minute:02}:{0.second:02}",
    "{0.year}年{0.month}月{0.day}日 {0.hour}时{0.minute}分{0.second}秒",
    "{0.year}年{0.month}月{0.day}日{0.hour:02}:{0.minute:02}:{0.second:02}",
)


def utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=SHANGHAI).astimezone(UTC)


@given(LOCAL, st.sampled_from(FORMS), PADDING, PADDING)
def test_every_text_form_means_the_local_time_it_writes(
    moment: datetime, form: str, before: str, after: str
) -> None:
    assert instant_of(before + form.format(moment) + after, SHANGHAI) == utc(moment)


@given(LOCAL)
def test_a_spreadsheet_date_means_the_same_as_its_text(moment: datetime) -> None:
    text = FORMS[0].format(moment)
    assert instant_of(moment, SHANGHAI) == instant_of(text, SHANGHAI) == utc(moment)


@given(st.datetimes(min_value=at("1992-01-01"), max_value=at("2100-01-01")))
def test_a_serial_number_means_its_second(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    serial = (moment - at("1899-12-30")) / timedelta(days=1)
    assert instant_of(serial, SHANGHAI) == utc(moment)


@given(LOCAL, st.integers(-12 * 60, 14 * 60))
def test_a_zone_in_the_text_goes_before_the_files_zone(moment: datetime, minutes: int) -> None:
    sign, rest = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{moment.isoformat()}{sign}{rest // 60:02}:{rest % 60:02}"
    assert instant_of(text, SHANGHAI) == moment.replace(tzinfo=UTC) - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("cell", "local"),
    [
        ("2019/2/28 11:25:05", at("2019-02-28 11:25:05")),
        ("２０１９／２／２８　１１：２５", at("2019-02-28 11:25")),
        ("2019-02-28", at("2019-02-28")),
        ("20190228", at("2019-02-28")),
        (20190228.0, at("2019-02-28")),
        (20190228, at("2019-02-28")),
        (date(2019, 2, 28), at("2019-02-28")),
        (43524.0, at("2019-02-28")),
    ],
)
def test_a_form_of_time_is_read(cell: object, local: datetime) -> None:
    assert instant_of(cell, SHANGHAI) == utc(local)


def test_local_time_in_shanghai_is_eight_hours_ahead() -> None:
    assert instant_of("2019/2/28 11:25:05", SHANGHAI) == datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)


def test_a_form_of_the_files_own_is_read_and_the_usual_ones_then_are_not() -> None:
    american = ("%m/%d/%Y %I:%M:%S %p",)
    read = instant_of("06/26/2018 10:58:54 PM", ZoneInfo("America/New_York"), american)
    assert read == datetime(2018, 6, 27, 2, 58, 54, tzinfo=UTC)
    with pytest.raises(CellError):
        instant_of("2018-06-26", SHANGHAI, american)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("昨天", Reason.TIME_UNREADABLE),
        ("28/2/2019", Reason.TIME_FORM_UNKNOWN),
        ("2019/2/28 11", Reason.TIME_UNREADABLE),
        ("43524.5", Reason.TIME_AMBIGUOUS),
        (12.5, Reason.TIME_UNREADABLE),
        (timedelta(hours=30), Reason.TIME_UNREADABLE),
        (True, Reason.TIME_UNREADABLE),
        ("2019/2/29", Reason.TIME_IMPOSSIBLE),
        ("2019/13/1", Reason.TIME_IMPOSSIBLE),
        ("2019/2/28 24:00:01", Reason.TIME_IMPOSSIBLE),
        ("0001-01-01", Reason.TIME_IMPOSSIBLE),
        ("2019-02-28T10:00:00+99:99", Reason.TIME_IMPOSSIBLE),
    ],
)
def test_what_is_no_time_is_refused_with_its_reason(cell: object, reason: Reason) -> None:
    with pytest.raises(CellError) as caught:
        instant_of(cell, SHANGHAI)
    assert caught.value.reason is reason


@given(st.text())
def test_no_text_is_read_into_an_error_of_another_kind(text: str) -> None:
    with contextlib.suppress(CellError):
        assert instant_of(text, SHANGHAI).tzinfo is UTC
