"""Who sees which cases, as a condition inside the query; the same rule as the domain's access policy."""

from huiyin_domain.directory import Directory
from huiyin_domain.principal import Principal, Role
from huiyin_streams.case_rows import Condition

_NOT_ACCUSED = "NOT (%(agency)s = ANY(accused))"


def visible(principal: Principal, directory: Directory) -> Condition:
    """Auditors and services see every case; supervisors their division's; others those they have a part in.

    An accused unit sees no accusation (Art. 30(3)), whatever its role.
    """
    if principal.has(Role.SERVICE, Role.AUDITOR):
        return Condition("true", {})
    agency = principal.acting_agency
    if principal.has(Role.SUPERVISOR):
        prefix = _prefix(agency, directory)
        return Condition(f"division LIKE %(prefix)s AND {_NOT_ACCUSED}", {"prefix": prefix, "agency": agency})
    if principal.has(Role.ADMINISTRATOR):
        return Condition("false", {})
    return Condition(f"parties @> ARRAY[%(agency)s] AND {_NOT_ACCUSED}", {"agency": agency})


def _prefix(agency: str, directory: Directory) -> str:
    """The divisions below an agency's own: 990100 covers 9901.., 990000 covers 99...."""
    organisation = directory.get(agency)
    division = organisation.division[:6] if organisation else "none"
    while division.endswith("00"):
        division = division[:-2]
    return f"{division}%"
