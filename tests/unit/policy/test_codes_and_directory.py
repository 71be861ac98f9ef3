"""The shipped code tables and the development directory, and what is said about spoilt ones."""

import logging
import shutil
from collections import Counter
from pathlib import Path

import pytest

from huiyin_domain.context import Limits
from huiyin_domain.directory import Directory, OrganisationKind
from huiyin_domain.identifiers import (
    credit_code_doubt,
    division_level,
    organisation_code_doubt,
    upper_divisions,
)
from huiyin_kernel.policy import DATA_DIR, PolicyError, load_policy

SYNTHETIC = ("990000", "990100", "990101", "990102")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped data that a test may spoil."""
    return Path(shutil.copytree(DATA_DIR, tmp_path / "data"))


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def directory() -> Directory:
    return load_policy().directory


def test_the_five_channels_of_article_17_are_there() -> None:
    channels = load_policy().codes.channels
    assert set(channels.codes) == {"letter", "visit", "web", "phone", "fax"}
    assert channels.codes["letter"].name_zh == "来信"


def test_every_table_says_where_it_comes_from_and_how_far_it_is_verified() -> None:
    codes = load_policy().codes
    for table in (codes.channels, codes.purposes, codes.content_classes, codes.divisions, codes.sources):
        assert table.version
        assert table.source.startswith("[")
        assert all(code.name_zh for code in table.codes.values())


def test_every_content_class_has_the_class_above_it() -> None:
    codes = load_policy().codes.content_classes.codes
    assert "990000" in codes
    assert all(code[:2] + "0000" in codes for code in codes)


def test_divisions_reach_from_provinces_to_counties_and_keep_abolished_codes() -> None:
    divisions = load_policy().codes.divisions
    assert divisions.codes["440305"].name_zh == "南山区"
    assert "371200" in divisions, "莱芜市, abolished in 2018, is in records of its time"
    assert sum(code.endswith("0000") for code in divisions.codes if code not in SYNTHETIC) == 34
    assert all(division_level(code) for code in divisions.codes)


def test_every_current_division_has_its_province() -> None:
    divisions = load_policy().codes.divisions
    assert all(upper_divisions(code)[-1] in divisions for code in divisions.codes if code[2:] != "0000")


def test_synthetic_divisions_are_there_and_are_no_place() -> None:
    divisions = load_policy().codes.divisions
    assert [code for code in divisions.codes if code.startswith("99")] == list(SYNTHETIC)


def test_development_agencies_have_valid_synthetic_codes_and_names_of_their_own(directory: Directory) -> None:
    for unit in directory:
        assert credit_code_doubt(unit.code) is None
        assert organisation_code_doubt(unit.code[8:17]) is None
        assert unit.code[2:8] == unit.division
        assert unit.division in SYNTHETIC
        assert unit.name_zh.startswith(("示例", "范例"))
    assert len({unit.name_zh for unit in directory}) == len(list(directory))


def test_each_division_has_government_petition_office_and_every_judicial_organ(directory: Directory) -> None:
    kinds = Counter((unit.division, unit.kind) for unit in directory)
    wanted = (
        OrganisationKind.GOVERNMENT,
        OrganisationKind.PETITION_OFFICE,
        OrganisationKind.COURT,
        OrganisationKind.PROCURATORATE,
        OrganisationKind.POLICE,
        OrganisationKind.JUSTICE,
        OrganisationKind.DISCIPLINE,
    )
    assert all(kinds[division, kind] == 1 for division in SYNTHETIC for kind in wanted)
    assert kinds["990101", OrganisationKind.DEPARTMENT] == 6
    assert kinds["990101", OrganisationKind.CENTRE] == 1


def test_departments_of_a_county_have_its_government_as_common_superior(directory: Directory) -> None:
    housing, transport, *_ = directory.of_kind(OrganisationKind.DEPARTMENT, "990101")
    government = directory.of_kind(OrganisationKind.GOVERNMENT, "990101")[0]
    assert directory.common_superiors([housing.code, transport.code])[0] == government.code


def test_the_petition_office_of_its_division_runs_each_centre(directory: Directory) -> None:
    for centre in directory.of_kind(OrganisationKind.CENTRE):
        office = directory.of_kind(OrganisationKind.PETITION_OFFICE, centre.division)[0]
        assert directory.operators(centre.code) == (office.code,)
        assert directory.operated_by(office.code) == [centre.code]
        assert directory.operators(office.code) == ()


def test_two_counties_have_the_prefecture_as_common_superior(directory: Directory) -> None:
    first, second = (directory.of_kind(OrganisationKind.PETITION_OFFICE, code)[0] for code in SYNTHETIC[2:])
    prefecture = directory.of_kind(OrganisationKind.GOVERNMENT, "990100")[0]
    assert directory.common_superiors([first.code, second.code])[0] == prefecture.code


def test_every_agency_but_the_top_of_its_line_has_review_and_re_review_above(directory: Directory) -> None:
    for unit in directory:
        if unit.division in SYNTHETIC[2:]:
            assert len(directory.superiors(unit.code)) >= 2


def test_limits_may_be_given_by_the_settings() -> None:
    assert load_policy(limits=Limits(person_count_max=5)).limits.person_count_max == 5


@pytest.mark.parametrize(
    "file, old, new, fault",
    [
        ("organisations.toml", 'kind = "government"', 'kind = "ministry"', "write one of government"),
        ("organisations.toml", 'division = "990000"', 'division = "123456"', "not in the table of divisions"),
        ("organisations.toml", 'superior = ""', 'superior = "nobody"', "has no entry"),
        ("organisations.toml", 'superior = ""', 'superior = "119900000000000275"', "stands above itself"),
        ("organisations.toml", 'superior = ""', 'operators = ["x"]', "only a centre has operators"),
        ("organisations.toml", 'operators = ["', 'operators = ["x', "is no other agency"),
        ("organisations.toml", "name_zh", "name_cn", "organisation.0.name_zh"),
        ("organisations.toml", 'version = "', "version = ", "line "),
        ("codes/channel.toml", 'name = "channel"', 'name = "canal"', "it has to be 'channel'"),
        ("codes/channel.toml", '{ zh = "来信"', '{ zw = "来信"', "codes.letter"),
        ("codes/division.toml", "[ended]", '[ended]\n110000 = "北京市"', "two sections"),
    ],
)
def test_a_spoilt_file_is_refused_with_its_name_the_entry_and_what_to_do(
    folder: Path, file: str, old: str, new: str, fault: str
) -> None:
    spoil(folder / file, old, new)
    with pytest.raises(PolicyError) as caught:
        load_policy(folder)
    assert str(folder / file) in str(caught.value)
    assert fault in str(caught.value)


def test_an_agency_that_stands_twice_is_refused(folder: Path) -> None:
    path = folder / "organisations.toml"
    text = path.read_text(encoding="utf-8")
    entry = "[[organisation]]" + text.split("[[organisation]]")[1]
    path.write_text(text + "\n" + entry, encoding="utf-8")
    with pytest.raises(PolicyError, match="stands there twice"):
        load_policy(folder)


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(PolicyError, match="the file is missing"):
        load_policy(Path("nowhere"))


def test_a_file_in_another_encoding_is_refused(folder: Path) -> None:
    (folder / "codes/channel.toml").write_bytes("name = '渠道'".encode("gbk"))
    with pytest.raises(PolicyError, match="UTF-8"):
        load_policy(folder)


def test_an_agency_with_a_doubtful_code_is_warned_of_and_kept(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = folder / "organisations.toml"
    doubtful = "91350211M0000XUF46"
    entry = '[[organisation]]\ncode = "{}"\nname_zh = "示例企业"\nname_en = "Example"\nkind = "department"\n'
    entry = entry.format(doubtful) + 'division = "990101"\n'
    path.write_text(path.read_text(encoding="utf-8") + "\n" + entry, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert doubtful in load_policy(folder).directory
    assert doubtful in caplog.text


def test_under_vertical_management_an_agency_has_its_line_and_the_government_of_its_place_above(
    directory: Directory,
) -> None:
    ecology = next(unit for unit in directory if unit.name_zh == "示例县生态环境局")
    above = [directory.name(code) for code in directory.above(ecology.code)]
    assert above == ["示例市生态环境局", "示例县人民政府"]
    housing = directory.of_kind(OrganisationKind.DEPARTMENT, "990101")[0]
    government = directory.of_kind(OrganisationKind.GOVERNMENT, "990101")[0]
    assert directory.common_superiors([ecology.code, housing.code])[0] == government.code


def test_article_24_without_a_common_superior_the_joint_conference_of_the_area_decides(
    directory: Directory,
) -> None:
    court = directory.of_kind(OrganisationKind.COURT, "990101")[0].code
    housing = directory.of_kind(OrganisationKind.DEPARTMENT, "990101")[0].code
    elsewhere = directory.of_kind(OrganisationKind.DEPARTMENT, "990102")[0].code
    county, city = (directory.of_kind(OrganisationKind.CONFERENCE, code)[0] for code in ("990101", "990100"))
    assert directory.common_superiors([court, housing]) == []
    assert directory.deciders_between([court, housing]) == [county.code]
    assert directory.deciders_between([court, elsewhere]) == [city.code]
    assert directory.deciders_between([court, "nobody known"]) == []


def test_article_12_a_conference_speaks_through_its_office(directory: Directory) -> None:
    conference = directory.of_kind(OrganisationKind.CONFERENCE, "990101")[0]
    office = directory.of_kind(OrganisationKind.PETITION_OFFICE, "990101")[0]
    stranger = directory.of_kind(OrganisationKind.PETITION_OFFICE, "990102")[0]
    assert directory.speaks_for(office.code, conference.code)
    assert directory.speaks_for(conference.code, conference.code)
    assert not directory.speaks_for(stranger.code, conference.code)
    assert not directory.speaks_for(office.code, stranger.code)


def test_a_conference_and_who_audits_handle_no_cases(directory: Directory) -> None:
    idle = {unit.kind for unit in directory if not directory.handles_cases(unit.code)}
    assert idle == {OrganisationKind.CONFERENCE, OrganisationKind.AUDIT}


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('office = "119900000000000275"\n', "", "a conference has an office"),
        ('operators = ["11990100000000123K"]', 'office = "11990100000000123K"', "only a conference has one"),
        ('territorial = "11990101000000254X"', 'territorial = "1"', "territorial '1' has no entry"),
    ],
)
def test_offices_and_places_that_do_not_hold_are_named(folder: Path, old: str, new: str, said: str) -> None:
    spoil(folder / "organisations.toml", old, new)
    with pytest.raises(PolicyError, match=said):
        load_policy(folder)
