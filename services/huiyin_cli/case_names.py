"""How a person names a case on the command line: by its number, or by its identifier."""

from huiyin.cases.v1 import service_pb2 as cases

_CASE_ID_LENGTH = 36


def case_request(case: str) -> cases.GetCaseRequest:
    """A request for a case by its id or by its display number."""
    if len(case) == _CASE_ID_LENGTH:
        return cases.GetCaseRequest(case_id=case)
    return cases.GetCaseRequest(display_number=case.upper())
