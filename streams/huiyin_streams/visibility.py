"""Who sees which cases, as a condition inside the query: the domain's access policy in SQL."""

from huiyin_domain.access import Scope, scope
from huiyin_domain.directory import Directory
from huiyin_domain.principal import Principal
from huiyin_streams.case_rows import Condition


def visible(principal: Principal, directory: Directory) -> Condition:
    """Only the cases within the principal's scope; an accused unit sees none of its own (Art. 30(3))."""
    reach = scope(principal, directory)
    parameters = {"agency": reach.agency, "division_line": f"{reach.division_line}%"}
    return Condition(f"NOT (%(agency)s = ANY(accused)) AND ({_admitted(reach)})", parameters)


def _admitted(reach: Scope) -> str:
    ways = []
    if reach.all_cases:
        ways.append("true")
    if reach.as_party:
        ways.append("parties @> ARRAY[%(agency)s]")
    if reach.division_line:
        ways.append("division LIKE %(division_line)s")
    return " OR ".join(ways) or "false"
