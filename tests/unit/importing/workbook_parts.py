"""Workbooks as other programs write them, part by part: what no library writes when it is asked to."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts>'
    '<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs>'
    "</styleSheet>"
)
DATE, CHINESE_DATE, PERCENT = 1, 2, 3
"""Styles of cells."""


def cell(reference: str, value: str, kind: str = "inlineStr", style: int = 0, formula: str = "") -> str:
    """A cell; a formula has the value that its program left."""
    inner = f"<is><t>{value}</t></is>" if kind == "inlineStr" else f"<v>{value}</v>"
    made = f"<f>{formula}</f>" if formula else ""
    return f'<c r="{reference}" t="{kind}" s="{style}">{made}{inner}</c>'


def line(number: int, *values: str) -> str:
    """A row of texts from column A on; what begins with < is a cell already."""
    cells = (
        value if value.startswith("<") else cell(f"{chr(ord('A') + at)}{number}", value)
        for at, value in enumerate(values)
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def write_parts(
    path: Path,
    sheets: Mapping[str, Sequence[str]],
    *,
    book: str = "",
    prolog: str = "",
    hidden: Sequence[str] = (),
    texts: Sequence[str] | None = None,
) -> Path:
    """A workbook of sheets given as rows of XML; `book` stands in the workbook's own part."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("xl/styles.xml", _STYLES)
        if texts is not None:
            shared = "".join(f"<si><t>{text}</t></si>" for text in texts)
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{shared}</sst>')
        listed, related = [], []
        for number, (name, rows) in enumerate(sheets.items(), start=1):
            state = ' state="hidden"' if name in hidden else ""
            listed.append(f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"{state}/>')
            related.append(
                f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" '
                f'Target="worksheets/sheet{number}.xml"/>'
            )
            data = f"<sheetData>{''.join(rows)}</sheetData>"
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml", f'{prolog}<worksheet xmlns="{_MAIN}">{data}</worksheet>'
            )
        sheets_part = f"{book}<sheets>{''.join(listed)}</sheets>"
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{sheets_part}</workbook>'
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}">{"".join(related)}</Relationships>',
        )
    return path
