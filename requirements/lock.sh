#!/usr/bin/env bash
# Writes run.lock, cluster.lock and dev.lock from pyproject.toml: exact versions with hashes, for all platforms and
# Python 3.11 or newer, without the address of any index; run by `make lock`.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${BIN:-.venv/bin}/uv
compile() {
  "$uv" pip compile pyproject.toml - --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
    --no-emit-index-url --no-emit-find-links --no-annotate "$@"
}
# These build the editable install of ours, offline.
builders() { printf 'hatchling\neditables\n'; }
builders | compile --output-file requirements/run.lock
builders | compile --extra cluster --constraint requirements/run.lock --output-file requirements/cluster.lock
builders | compile --extra cluster --extra dev --constraint requirements/cluster.lock --output-file requirements/dev.lock
