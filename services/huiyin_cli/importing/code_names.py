"""Names of codes in files, to codes: as the mapping says, as public exports have it, as the tables do."""

from collections import Counter
from collections.abc import Iterator, Mapping

from huiyin_domain.codes import CodeTable, CodeTables

Names = Mapping[str, Mapping[str, str]]


def names_in(tables: CodeTables) -> dict[str, dict[str, str]]:
    """Codes by field and name. No divisions: a name such as 朝阳区 stands for several."""
    by_field = {
        "channel": tables.channels,
        "purpose": tables.purposes,
        "content_class": tables.content_classes,
    }
    return {field: _unambiguous(table) for field, table in by_field.items()}


def _unambiguous(table: CodeTable) -> dict[str, str]:
    named = list(_named(table))
    uses = Counter(name for name, _ in named)
    return {name: code for name, code in named if uses[name] == 1}


def _named(table: CodeTable) -> Iterator[tuple[str, str]]:
    for code in table.codes.values():
        for name in {code.name_zh, code.name_en} - {""}:
            yield name, code.code


def merged(*sources: Names) -> dict[str, dict[str, str]]:
    """All of them, later ones going before earlier ones; names in lower case."""
    together: dict[str, dict[str, str]] = {}
    for source in sources:
        for field, names in source.items():
            folded = {name.casefold(): code for name, code in names.items()}
            together[field] = together.get(field, {}) | folded
    return together
