"""`huiyin petitioner`: a terminal where petitioners follow, rate, ask for recusal, withdraw, or go on.

It speaks as the petitioners' own way in, never as an agency; number and code are all the proof there is.
"""

import socket
from typing import Annotated, Any

import typer

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_cli.cases import local_time
from huiyin_cli.client import open_client
from huiyin_cli.output import Json, message_dict, print_json, run
from huiyin_domain.access import PETITIONERS_WAY
from huiyin_kernel.codec import instant
from huiyin_kernel.ids import uuid7
from huiyin_kernel.policy import load_policy

app = typer.Typer(no_args_is_help=True, add_completion=False)

PROFILE = f"service@{PETITIONERS_WAY}"
_RATINGS = {
    "": types.RATING_UNSPECIFIED,
    "satisfied": types.RATING_SATISFIED,
    "mostly": types.RATING_MOSTLY_SATISFIED,
    "not": types.RATING_NOT_SATISFIED,
}

Number = Annotated[str, typer.Argument(help="回执上的编号 · The number on the receipt.")]
Code = Annotated[
    str, typer.Option(prompt="查询码 · code", hide_input=True, help="查询码 · The code beside it.")
]
Reasons = Annotated[
    str, typer.Option(prompt="回避对象和理由 · who and why", help="申请谁回避、理由 · Who is meant, and why.")
]
Rated = Annotated[str, typer.Option(help="satisfied 满意, mostly 基本满意, not 不满意")]


@app.callback()
def petitioner() -> None:
    """信访人自助 · What petitioners do themselves, with number and code."""


@app.command("follow")
def follow(number: Number, code: Code, as_json: Json = False) -> None:
    """查询办理情况 · Where the matter is, and who has it."""
    shown = run(lambda: _call("FollowPetition", intake.FollowPetitionRequest, number, query_code=code))
    if as_json:
        print_json(message_dict(shown))
        return
    unit = load_policy().directory.name(shown.responsible_unit)
    print(f"{types.PetitionStatus.Name(shown.status)}  {unit}  {local_time(instant(shown.registered_time))}")
    print(f"收到 · received {local_time(instant(shown.received_time))}")
    put_right = {one.milestone: "、".join(one.fields) for one in shown.corrections}
    for place, milestone in enumerate(shown.milestones):
        print(f"{milestone} ({put_right[place]})" if place in put_right else milestone)
    if first := shown.withdrawal_confirmable_from:
        print(f"撤回可确认 · withdrawal to be confirmed: {first} – {shown.withdrawal_confirmable_until}")


@app.command("read")
def read(number: Number, code: Code, as_json: Json = False) -> None:
    """阅读凭查询码送达的文书 · Reads what was served under the query number."""
    request = intake.OpenServedDocumentsRequest
    opened = run(lambda: _call("OpenServedDocuments", request, number, query_code=code, **_known()))
    if as_json:
        print_json(message_dict(opened))
        return
    print("\n\n".join(one.clear.text for one in opened.documents) or "尚无文书 · nothing was served so yet")


@app.command("rate")
def rate(
    number: Number, code: Code, office: Rated = "", unit: Rated = "", comment: str = "", as_json: Json = False
) -> None:
    """评价信访部门和责任单位 · Rates the petition office, the responsible unit, or both."""
    if {office, unit} - _RATINGS.keys():
        raise typer.BadParameter(f"a rating is one of {', '.join(name for name in _RATINGS if name)}")
    fields: dict[str, Any] = _known() | {
        "query_code": code,
        "office_rating": _RATINGS[office],
        "unit_rating": _RATINGS[unit],
        "way": types.RATING_WAY_TERMINAL,
        "comment": _secret(comment),
    }
    _say(
        run(lambda: _call("RatePetition", intake.RatePetitionRequest, number, **_known(), **fields)), as_json
    )


@app.command("take-back")
def take_back(number: Number, code: Code, as_json: Json = False) -> None:
    """撤回评价（凭告知中的撤回码）· Takes the rating back, with the code from the notice of it."""
    request = intake.TakeBackRatingRequest
    _say(run(lambda: _call("TakeBackRating", request, number, take_back_code=code, **_known())), as_json)


@app.command("recusal")
def recusal(
    number: Number,
    code: Code,
    reasons: Reasons,
    of_head: Annotated[bool, typer.Option(help="申请负责人回避 · The head of the unit is meant.")] = False,
    as_json: Json = False,
) -> None:
    """申请承办人回避 · Asks that an officer who is interested in the matter does not decide in it."""
    fields = {"query_code": code, "of_head": of_head, "reasons": Secret(clear=Clear(text=reasons))}
    request = intake.AskRecusalRequest
    _say(run(lambda: _call("AskRecusal", request, number, **_known(), **fields)), as_json)


@app.command("withdraw")
def withdraw(number: Number, code: Code, words: str = "", as_json: Json = False) -> None:
    """申请撤回（冷静期后须本人确认）· Asks to withdraw; it counts once you confirm it, some days later."""
    fields = _own(code) | {"statement": _secret(words)}
    request = intake.WithdrawPetitionRequest
    _say(run(lambda: _call("WithdrawPetition", request, number, **_known(), **fields)), as_json)


@app.command("confirm-withdrawal")
def confirm_withdrawal(number: Number, code: Code, as_json: Json = False) -> None:
    """确认撤回（凭告知中的确认码；未留联系方式的凭查询码）· Confirms it, with the code from the notice."""
    fields = {"confirm_code": code, "way": types.RATING_WAY_TERMINAL}
    request = intake.ConfirmWithdrawalRequest
    _say(run(lambda: _call("ConfirmWithdrawal", request, number, **_known(), **fields)), as_json)


@app.command("continue")
def go_on(number: Number, code: Code, words: str = "", as_json: Json = False) -> None:
    """继续信访 · Goes on: takes a withdrawal back, or denies an agreement or a death."""
    fields = _own(code) | {"reasons": _secret(words)}
    request = intake.ContinuePetitionRequest
    _say(run(lambda: _call("ContinuePetition", request, number, **_known(), **fields)), as_json)


def _own(code: str) -> dict[str, Any]:
    return {"query_code": code, "way": types.RATING_WAY_TERMINAL}


def _secret(words: str) -> Secret | None:
    return Secret(clear=Clear(text=words)) if words else None


def _known() -> dict[str, Any]:
    return {"info": CommandInfo(request_id=str(uuid7()))}


def _say(response: Any, as_json: bool) -> None:
    if as_json:
        print_json(message_dict(response))
    else:
        print(f"已记录 · recorded: {response.receipt.log} {response.receipt.position}")


async def _call(method: str, request: Any, number: str, **fields: Any) -> Any:
    """Tries are slowed per terminal: its name is the source."""
    async with open_client(PROFILE) as client:
        sent = request(display_number=number, source=f"terminal {socket.gethostname()}", **fields)
        return await getattr(client.intake, method)(sent)
