"""A file of tables that a release has applied never changes: a database of then would refuse to start.

`make_log` compares checksums and says so; what is to be otherwise stands in another file, applied after it.
"""

from hashlib import sha256

import pytest

from tests.house.tree import ROOT

VERSION_0_1 = {
    "core/huiyin_kernel/projection.sql": "84d6d1c3fdc867d3",
    "core/huiyin_store/sql/letters.sql": "3860010a46555550",
    "core/huiyin_store/sql/tables.sql": "f1f7efd166bccf14",
    "services/huiyin_exchange/receipts.sql": "7a738921b6ca5edd",
    "services/huiyin_supervision/causes.sql": "2eb62a5db558fbd7",
    "services/huiyin_supervision/rows.sql": "61c37025ac2dd99b",
    "streams/huiyin_relay/tables.sql": "a8706bb48479d672",
    "streams/huiyin_streams/figures.sql": "0e12e2e2452d13a6",
    "streams/huiyin_streams/insight.sql": "d3bfbcf1daac73ed",
    "streams/huiyin_streams/rows.sql": "14ab1438d7cb83d5",
    "streams/huiyin_streams/timeline.sql": "87114e096855ad6e",
}
"""The first half of each file's SHA-256, as version 0.1 applied it."""


@pytest.mark.parametrize("name", VERSION_0_1)
def test_a_released_file_of_tables_is_as_it_was_applied(name: str) -> None:
    found = sha256((ROOT / name).read_bytes()).hexdigest()
    assert found.startswith(VERSION_0_1[name]), f"restore {name}, and put the change into another file"
