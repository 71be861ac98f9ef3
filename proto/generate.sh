#!/usr/bin/env bash
# Generates the Python stubs in proto/gen from proto/huiyin; run by `make proto`.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${BIN:-.venv/bin}
out=${OUT:-proto/gen}
rm -rf "$out/huiyin"
mkdir -p "$out"
all=$(find proto/huiyin -name '*.proto' | sort)
PATH="$bin:$PATH" "$bin/python" -m grpc_tools.protoc -Iproto --python_out="$out" --mypy_out="quiet:$out" $all
services=$(grep -l '^service ' $all)
PATH="$bin:$PATH" "$bin/python" -m grpc_tools.protoc -Iproto \
  --grpc_python_out="$out" --mypy_grpc_out="quiet:$out" $services
find "$out/huiyin" -type d -exec touch {}/__init__.py \; -exec touch {}/py.typed \;
