"""Every rpc, in every role, for an agency in every relation to a case, answers as the table says."""

import pytest

from tests.matrix.asking import PROCESSES, answer, methods
from tests.matrix.table import FILE, TableError, missing, read
from tests.matrix.world import RELATIONS, ROLES, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = {f"{package}.{method.name}": (package, method) for package, method in methods()}
TABLE = read(FILE.read_text())


async def test_every_rpc_has_its_rows_and_every_row_its_rpc() -> None:
    assert missing(TABLE, set(METHODS)) == set()
    assert {package for package, _ in METHODS.values()} == set(PROCESSES)


async def test_an_rpc_without_rows_is_found() -> None:
    rows = {row: answers for row, answers in TABLE.items() if row != ("intake.GetPetition", "former")}
    assert missing(rows, set(METHODS)) == {("intake.GetPetition", "former")}
    assert len(missing(TABLE, {*METHODS, "intake.NewOne"})) == len(RELATIONS)
    with pytest.raises(TableError):
        read("intake.GetPetition party sees sees")


@pytest.mark.parametrize("rpc", list(METHODS))
async def test_the_answers_are_those_of_the_table(world: World, rpc: str) -> None:
    package, method = METHODS[rpc]
    found = {
        (relation, role): await answer(world, package, method, relation, role)
        for relation in RELATIONS
        for role in ROLES
    }
    expected = {(relation, role): TABLE[rpc, relation][role] for relation in RELATIONS for role in ROLES}
    assert found == expected
