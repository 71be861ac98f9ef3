"""YAML read strictly: plain values only, and no key twice."""

from pathlib import Path
from typing import Any

from huiyin_kafka.connection import KafkaSetupError
from huiyin_kernel.policy_files import PolicyError, read_text


def read_yaml(path: Path) -> Any:
    """The content of a file. Raises PolicyError, or KafkaSetupError where pyyaml is not installed."""
    try:
        import yaml
    except ImportError as error:
        raise KafkaSetupError(
            f"缺少 Python 模块 yaml · {path} cannot be read without pyyaml: install huiyin[cluster]"
        ) from error
    try:
        return yaml.load(read_text(path), Loader=_loader(yaml))  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as error:
        raise PolicyError(f"{path}: not YAML: {error}; correct the file there") from error


def _loader(yaml: Any) -> Any:
    class Strict(yaml.SafeLoader):  # type: ignore[misc] # the module is only there in cluster mode
        """Refuses a key that stands twice; plain YAML would silently keep the last."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for key in keys:
                if keys.count(key) > 1:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{key!r} stands twice", node.start_mark
                    )
            found: dict[Any, Any] = super().construct_mapping(node, deep)
            return found

    return Strict
