"""The parts of an XLSX workbook beside its sheets: which there are, shared texts, styles, date system."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

from huiyin_cli.importing.sheet_xml import BrokenSheetError, Shared, local, parsed, place_of, unescaped
from huiyin_cli.importing.times import EPOCH_1900, EPOCH_1904

_TRUE = frozenset({"1", "true", "on"})
_WORKBOOK = "xl/workbook.xml"

# Built-in formats that show a date or a time, those of Chinese Excel among them (ECMA-376, 18.8.30).
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NO_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|e[+-]', re.IGNORECASE)
_DATE = re.compile(r"[ymdhs年月日时分秒]|上午", re.IGNORECASE)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Za-z]+\d+):([A-Za-z]+\d+)[\"']")
_OVERLAP = 300

Element = tuple[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet by name; where in the archive it lies, and whether a person who opens the workbook sees it."""

    name: str
    path: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """A block of cells shown as one; rows from 1, columns from 0."""

    first_row: int
    last_row: int
    column: int


class Archive:
    """An open workbook file. Methods raise BrokenSheetError."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower().replace("\\", "/"): name for name in archive.namelist()}

    def has(self, path: str) -> bool:
        """Whether there is such a part."""
        return path.lower() in self._names

    def open(self, path: str) -> BinaryIO:
        """A part, to be read."""
        try:
            return self._archive.open(self._names[path.lower()])  # type: ignore[return-value] # reads bytes
        except KeyError:
            raise BrokenSheetError(f"{path} is missing") from None

    def elements(self, path: str) -> Iterator[Element]:
        """The elements of a small part, in order."""
        found: list[Element] = []
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = lambda name, attributes: found.append((local(name), attributes))
        with self.open(path) as file:
            for _ in parsed(file, parser):
                pass
        return iter(found)

    def workbook_path(self) -> str:
        """Where the workbook's own part lies."""
        if self.has("_rels/.rels"):
            for _, attributes in self.elements("_rels/.rels"):
                if attributes.get("Type", "").endswith("/officeDocument"):
                    return attributes.get("Target", _WORKBOOK).lstrip("/")
        return _WORKBOOK

    def book(self) -> tuple[list[SheetPart], Shared]:
        """The sheets, and what their cells refer to."""
        path = self.workbook_path()
        elements = list(self.elements(path))
        targets = self._targets(path)
        sheets = [
            SheetPart(one.get("name", ""), targets[key], one.get("state", "visible") == "visible")
            for name, one in elements
            if name == "sheet" and (key := _related(one)) in targets
        ]
        return sheets, self._shared(path, elements)

    def _targets(self, path: str) -> dict[str, str]:
        """The worksheets that the workbook's part relates to, by id."""
        folder, file = posixpath.split(path)
        return {
            one.get("Id", ""): _joined(folder, one.get("Target", ""))
            for _, one in self.elements(f"{folder}/_rels/{file}.rels")
            if one.get("Type", "").endswith("/worksheet")
        }

    def _shared(self, path: str, elements: list[Element]) -> Shared:
        folder = posixpath.dirname(path)
        epoch_1904 = any(name == "workbookPr" and one.get("date1904") in _TRUE for name, one in elements)
        to_calculate = any(name == "calcPr" and one.get("fullCalcOnLoad") in _TRUE for name, one in elements)
        texts = f"{folder}/sharedStrings.xml"
        styles = f"{folder}/styles.xml"
        return Shared(
            self._texts(texts) if self.has(texts) else [],
            frozenset(_date_styles(self.elements(styles))) if self.has(styles) else frozenset(),
            EPOCH_1904 if epoch_1904 else EPOCH_1900,
            to_calculate,
        )

    def _texts(self, path: str) -> list[str]:
        reader = _Texts()
        with self.open(path) as file:
            for _ in parsed(file, reader.parser):
                pass
        return reader.texts

    def merged(self, path: str) -> list[Merged]:
        """The merged cells of a sheet that reach over several rows. The part tells them after the rows."""
        found, rest = set[tuple[bytes, bytes]](), b""
        with self.open(path) as file:
            while chunk := file.read(1 << 20):
                found.update(_MERGED.findall(rest + chunk))
                rest = chunk[-_OVERLAP:]
        blocks = (_block(first.decode(), last.decode()) for first, last in found)
        high = (one for one in blocks if one.last_row > one.first_row)
        return sorted(high, key=lambda one: (one.first_row, one.column))


def _block(first: str, last: str) -> Merged:
    (top, left), (bottom, _) = place_of(first), place_of(last)
    return Merged(top, bottom, left)


def _joined(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")


def _related(attributes: dict[str, str]) -> str:
    return next((value for name, value in attributes.items() if local(name) == "id" and name != "id"), "")


def _date_styles(elements: Iterator[Element]) -> Iterator[int]:
    """The numbers of the cell styles that show a date."""
    dates, within, number = set(_DATE_FORMATS), False, 0
    for name, one in elements:
        if name == "numFmt" and _is_date(one.get("formatCode", "")):
            dates.add(int(one.get("numFmtId") or -1))
        elif name in ("cellStyleXfs", "cellXfs", "cellStyles", "dxfs"):
            within = name == "cellXfs"
        elif name == "xf" and within:
            if int(one.get("numFmtId") or 0) in dates:
                yield number
            number += 1


def _is_date(code: str) -> bool:
    plain = _NO_DATE.sub("", code)
    return "general" not in plain.lower() and _DATE.search(plain) is not None


class _Texts:
    """The shared texts, in order; how they are pronounced is left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._kept, self._phonetic = False, False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, _: dict[str, str]) -> None:
        match local(name):
            case "si":
                self._parts = []
            case "rPh":
                self._phonetic = True
            case "t":
                self._kept = not self._phonetic

    def _text(self, text: str) -> None:
        if self._kept:
            self._parts.append(text)

    def _end(self, name: str) -> None:
        match local(name):
            case "si":
                self.texts.append(unescaped("".join(self._parts)))
            case "rPh":
                self._phonetic = False
            case "t":
                self._kept = False
