"""The `huiyin` command: its subcommands and where each stands."""

import typer

from huiyin_cli import auditing, cases, clocks, events, vaulting
from huiyin_cli.importing.command import import_file
from huiyin_cli.up import up

app = typer.Typer(
    name="huiyin",
    help="回音：信访协同平台 · an event-sourced platform for citizens' petitions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up", help="启动平台 · Start the platform here.")(up)
app.command("import", help="导入信访件 · Import filings from XLSX, CSV or JSON.")(import_file)
app.command("replay", help="重放日志 · Fold the logs again and compare.")(auditing.replay)
app.add_typer(cases.app, name="case", help="查看信访事项 · Look at cases.")
app.add_typer(events.app, name="events", help="查看事件 · Look at events.")
app.add_typer(clocks.app, name="clock", help="法定期限 · Statutory clocks.")
app.add_typer(auditing.app, name="audit", help="核验记录 · Prove the record.")
app.add_typer(vaulting.app, name="vault", help="密钥 · Keys of sealed data.")


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
