"""What `huiyin up` says when everything runs: where to look, and what to type next."""

from huiyin_kernel.settings import SERVICE_NAMES, Addresses, Settings

NAMES = {
    "intake": "信访受理 intake",
    "reception": "联合接访 reception",
    "judicial": "涉法涉诉 judicial",
    "supervision": "督查督办 supervision",
    "streams": "案件时间线 case timelines",
    "exchange": "单位系统对接 agency systems",
}
NEXT = (
    ("huiyin case list", "看信访事项", "the cases"),
    ("huiyin case show <案号>", "看一件事项的经过", "one case and what happened to it"),
    ("huiyin events tail", "看事件日志", "events as they happen"),
    ("huiyin clock due 2026-02-01 +15d", "算法定期限", "a statutory due date, and why"),
    ("huiyin audit verify", "核验记录未被改动", "prove that nothing was altered"),
    ("huiyin import <文件> --as officer@<单位代码>", "导入 XLSX、CSV、JSON", "import filings"),
)


def text(settings: Settings, addresses: Addresses, command: str, seconds: float) -> str:
    """The whole greeting. `command` is how to call `huiyin` from here."""
    home = settings.paths
    lines = [f"回音已启动，用时 {seconds:.1f} 秒 · Huiyin is up after {seconds:.1f} s", ""]
    lines += [f"  {addresses.of(name):<18} {NAMES[name]}" for name in SERVICE_NAMES]
    lines += _kafka(settings) if settings.is_cluster else []
    lines += ["", f"  数据 data      {home.root}", f"  日志 logs      {home.logs}"]
    lines += [f"  证书与令牌 identities  {home.identity}", ""]
    lines += ["接下来在另一个终端输入 · Next, in another terminal:", ""]
    lines += [f"  {typed.replace('huiyin', command, 1):<48} {zh} · {en}" for typed, zh, en in NEXT]
    return "\n".join([*lines, "", "Ctrl-C 停止全部 · Ctrl-C stops everything.", ""])


def _kafka(settings: Settings) -> list[str]:
    """Where Kafka is, and how a client that is not ours connects."""
    folder = settings.paths.identity
    files = {
        "ca": folder / "ca.crt",
        "certificate": folder / "services" / "cli.crt",
        "key": folder / "services" / "cli.key",
    }
    secure = " ".join(f"-X ssl.{name}.location={path}" for name, path in files.items())
    first = settings.kafka.bootstrap.partition(",")[0]
    return [
        "",
        f"  Kafka: {settings.kafka.bootstrap}",
        "  用任何 Kafka 客户端连接，例如 · with any Kafka client, such as:",
        f"  kcat -b {first} -X security.protocol=ssl {secure} -L",
    ]
