#!/usr/bin/env bash
# Checks the contracts: lint, nothing broken since the commit before, generated code up to date. Works offline.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${BIN:-.venv/bin}

"$bin/buf" lint

if git rev-parse --verify --quiet HEAD~1 >/dev/null && git cat-file -e HEAD~1:buf.yaml 2>/dev/null; then
  "$bin/buf" breaking --against ".git#ref=$(git rev-parse HEAD~1)"
else
  printf 'buf breaking is skipped: there is no earlier commit with contracts to compare with\n'
fi

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
BIN=$bin OUT=$fresh proto/generate.sh
if ! diff -r -q -x __pycache__ "$fresh/huiyin" proto/gen/huiyin; then
  printf 'the generated code is not what the contracts say: run make proto and commit proto/gen\n' >&2
  exit 1
fi
