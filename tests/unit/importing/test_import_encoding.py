"""A text file is read in the encoding it is in, or refused: never read into wrong characters."""

from pathlib import Path

import pytest

from huiyin_cli.importing.faults import InputError, Reason
from huiyin_cli.importing.text_file import encoding_of

TEXT = "编号,诉求\n1,小区物业管理费过高，请有关部门调查处理。\n2,学校门前道路积水严重，影响出行\n" * 20
TRADITIONAL = "編號,訴求\n1,社區物業管理費過高，請有關部門調查處理。\n2,學校門前道路積水嚴重\n" * 20
JAPANESE = "番号,内容\n1,道路が壊れています。早く直してください。\n2,街灯がつきません。\n" * 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize(
    ("written", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030")],
)
def test_the_usual_encodings_are_recognised(path: Path, written: str, found: str) -> None:
    path.write_bytes(TEXT.encode(written))
    assert encoding_of(path) == found


def test_plain_ascii_is_utf8(path: Path) -> None:
    path.write_bytes(b"id,text\n1,street light\n")
    assert encoding_of(path) == "utf-8"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (TRADITIONAL, "big5"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        ("id,text\n1,Müllabfuhr fällt öfter aus, großes Ärgernis\n" * 20, "latin-1"),
    ],
)
def test_another_encoding_is_refused_and_not_read_into_wrong_characters(
    path: Path, text: str, encoding: str
) -> None:
    path.write_bytes(text.encode(encoding))
    with pytest.raises(InputError) as caught:
        encoding_of(path)
    assert caught.value.fault.reason is Reason.WRONG_ENCODING


@pytest.mark.parametrize(
    ("encoding", "found"), [("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")]
)
def test_characters_of_two_bytes_are_recognised_with_and_without_their_mark(
    path: Path, encoding: str, found: str
) -> None:
    path.write_bytes(TEXT.encode(encoding))
    assert encoding_of(path) == found
    assert path.read_text(encoding=found) == TEXT


def test_a_zero_byte_here_and_there_does_not_change_the_encoding(path: Path) -> None:
    path.write_bytes(TEXT.replace("处", "\0处", 1).encode())
    assert encoding_of(path) == "utf-8"


def test_a_refusal_names_the_first_line_that_cannot_be_read(path: Path) -> None:
    path.write_bytes(b"id,text\n1,plain\n2,plain\n" + "3,Müller fällt öfter\n".encode("latin-1") * 9)
    with pytest.raises(InputError) as caught:
        encoding_of(path)
    assert caught.value.fault.facts["line"] == "4"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_single_damaged_bytes_do_not_change_the_encoding(path: Path, encoding: str) -> None:
    data = bytearray(TEXT.encode(encoding))
    data[data.index("处".encode(encoding)) + 1] = 0xFF
    path.write_bytes(bytes(data))
    assert encoding_of(path) == encoding


def test_an_encoding_that_is_named_is_held_to_it(path: Path) -> None:
    path.write_bytes(TEXT.encode("gb18030"))
    assert encoding_of(path, "gb18030") == "gb18030"
    with pytest.raises(InputError) as caught:
        encoding_of(path, "utf-8")
    assert caught.value.fault.reason is Reason.WRONG_ENCODING


def test_an_encoding_that_does_not_exist_is_refused(path: Path) -> None:
    path.write_bytes(b"id\n")
    with pytest.raises(InputError) as caught:
        encoding_of(path, "gb99")
    assert caught.value.fault.reason is Reason.ENCODING_UNKNOWN
