"""A program that knows nothing of the platform but its address: registers and reads over reflection alone.

Run with a JSON object on standard input: address, authority, certificate, key (paths) and token.
"""

import json
import sys
from typing import Any

from grpc import RpcError
from grpc_requests import Client

INTAKE = "huiyin.intake.v1.IntakeService"


def main() -> None:
    """Prints what was found as one JSON object."""
    given = json.load(sys.stdin)
    credentials = {
        "root_certificates": given["authority"],
        "private_key": given["key"],
        "certificate_chain": given["certificate"],
    }
    client = Client(given["address"], ssl=True, credentials=credentials)
    metadata = [("authorization", f"Bearer {given['token']}")]
    json.dump(_found(client, metadata, given), sys.stdout)


def _found(client: Any, metadata: list[tuple[str, str]], given: dict[str, Any]) -> dict[str, Any]:
    registered = client.request(INTAKE, "RegisterPetition", given["filing"], metadata=metadata)
    question = {"case_id": registered["case_id"]}
    read = client.request(INTAKE, "GetPetition", question, metadata=metadata)
    items = client.request(
        "huiyin.feed.v1.FeedService", "Subscribe", {"until_caught_up": True}, metadata=metadata
    )
    return {
        "services": sorted(client.service_names),
        "registered": registered,
        "petition": read["petition"],
        "events": [item["event"]["payload"] for item in items if "event" in item],
        "refused": _refusal(client, metadata),
    }


def _refusal(client: Any, metadata: list[tuple[str, str]]) -> str:
    nothing = {"case_id": "0192c3a4-7b1e-7def-8abc-0123456789ab"}
    try:
        client.request(INTAKE, "GetPetition", nothing, metadata=metadata)
    except RpcError as error:
        return str(error.details())
    return ""


if __name__ == "__main__":
    main()
