#!/usr/bin/env bash
# Generates the Python stubs in proto/gen from proto/huiyin; run by `make proto`.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${BIN:-.venv/bin}
rm -rf proto/gen/huiyin
mkdir -p proto/gen
all=$(find proto/huiyin -name '*.proto' | sort)
PATH="$bin:$PATH" "$bin/python" -m grpc_tools.protoc -Iproto --python_out=proto/gen --mypy_out=quiet:proto/gen $all
services=$(grep -l '^service ' $all)
PATH="$bin:$PATH" "$bin/python" -m grpc_tools.protoc -Iproto \
  --grpc_python_out=proto/gen --mypy_grpc_out=quiet:proto/gen $services
find proto/gen/huiyin -type d -exec touch {}/__init__.py \; -exec touch {}/py.typed \;
