"""The `huiyin` command: its subcommands and where each stands. A subcommand is imported when it is called."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


class _Subcommands(TyperGroup):
    """Subcommands by name, as (module, attribute, help); so that one does not wait for another's imports."""

    places: Mapping[str, tuple[str, str, str]] = {
        "up": ("huiyin_cli.up", "up", "启动平台 · Start the platform here."),
        "status": ("huiyin_cli.status.command", "status", "平台状态 · What runs, and what is wrong."),
        "import": ("huiyin_cli.importing.command", "import_file", "导入信访件 · Import filings."),
        "case": ("huiyin_cli.cases", "app", "信访事项 · Look at cases, put right what was registered."),
        "events": ("huiyin_cli.events", "app", "查看事件 · Look at events."),
        "clock": ("huiyin_cli.clocks", "app", "法定期限 · Statutory clocks."),
        "calendar": ("huiyin_cli.calendars", "app", "放假安排 · Days off, year by year."),
        "insight": ("huiyin_cli.insight", "app", "评价指标 · Figures and issues."),
        "audit": ("huiyin_cli.audit", "app", "核验记录 · Prove the record."),
        "replay": ("huiyin_cli.audit", "replay", "重放日志 · Fold the logs again and compare."),
        "topics": ("huiyin_cli.topics", "app", "Kafka 主题 · Topics of the backbone on Kafka."),
        "dead-letters": ("huiyin_cli.dead_letters", "app", "死信 · What consumers could not handle."),
        "prepare": ("huiyin_cli.up", "prepare", "准备分用户运行 · A folder for each process."),
        "petitioner": ("huiyin_cli.petitioner", "app", "信访人自助 · What petitioners do themselves."),
        "notices": ("huiyin_cli.notices", "deliver", "告知信访人 · Sends notices to petitioners."),
        "vault": ("huiyin_cli.vault", "app", "密钥 · Keys of sealed data."),
    }

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.places:
            return None
        module, attribute, text = self.places[cmd_name]
        command = get_command(_app(getattr(import_module(module), attribute)))
        command.name, command.help = cmd_name, text if attribute == "app" else command.help
        command.short_help = text
        return command


def _app(found: Any) -> typer.Typer:
    """A group as it is; a function as an application of its own."""
    if isinstance(found, typer.Typer):
        return found
    single = typer.Typer(add_completion=False)
    single.command()(found)
    return single


app = typer.Typer(
    name="huiyin",
    cls=_Subcommands,
    help="回音：信访协同平台 · an event-sourced platform for citizens' petitions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def huiyin() -> None:
    """回音：信访协同平台 · an event-sourced platform for citizens' petitions."""


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
