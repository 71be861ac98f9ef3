"""The client is a distribution of its own: a wheel that runs where nothing else of the platform is."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.tree import ROOT

_PROGRAM = """
import sys
import huiyin_client
from huiyin.intake.v1.service_pb2 import AcceptPetitionRequest
message = huiyin_client.new_message(AcceptPetitionRequest(epoch=1), "03-0117")
loaded = sorted(name.split(".")[0] for name in sys.modules if name.startswith("huiyin_"))
print(message.officer, sorted(set(loaded)), "kafka" in sys.modules, huiyin_client.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without asking the network."""
    out = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT / "sdk")], check=True)
    (built,) = out.glob("huiyin_client-*.whl")
    return built


def test_the_wheel_holds_the_client_and_the_contracts_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as content:
        names = content.namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"huiyin", "huiyin_client"}
    assert {"huiyin_client/py.typed", "huiyin/exchange/v1/types_pb2.py"} <= set(names)


def test_the_client_runs_from_its_wheel_alone_and_without_kafka(wheel: Path, tmp_path: Path) -> None:
    with ZipFile(wheel) as content:
        content.extractall(tmp_path)
    isolated = "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' in p or 'lib' in p]\n"
    program = f"{isolated}sys.path.insert(0, {str(tmp_path)!r})\n{_PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    place = tmp_path / "huiyin_client" / "__init__.py"
    assert done.stdout.strip() == f"03-0117 ['huiyin_client'] False {place}"
