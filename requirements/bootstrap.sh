#!/usr/bin/env bash
# Makes .venv with the first Python 3.11 or newer that is whole, and installs a locked set: run, cluster or dev.
# Only pip is used, so that its own settings (certificates, index, cache) hold.
set -euo pipefail
cd "$(dirname "$0")/.."
set_name=${1:?which set: run, cluster or dev}
lock=requirements/$set_name.lock

usable() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

whole() {
  "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

find_python() {
  local incomplete=""
  for name in ${PYTHON:-python3.13 python3.12 python3.11 python3.14 python3 python}; do
    if ! usable "$name"; then continue; fi
    if whole "$name"; then printf '%s\n' "$name"; return; fi
    incomplete=$name
  done
  if [ -n "$incomplete" ]; then
    version=$("$incomplete" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    printf '%s has no venv module: install it (Debian, Ubuntu: apt install python%s-venv)\n' "$incomplete" "$version" >&2
  else
    printf 'Python 3.11 or newer was not found: install it, or name it: make PYTHON=/path/to/python3 ...\n' >&2
  fi
  return 1
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  python=$(find_python)
  printf 'making .venv with %s\n' "$("$python" --version)"
  "$python" -m venv .venv
fi
usable .venv/bin/python || { printf '.venv holds a Python older than 3.11: remove .venv and try again\n' >&2; exit 1; }

pip() { .venv/bin/python -m pip --disable-pip-version-check "$@"; }
printf 'installing %s (wheels only, each checked by its hash)\n' "$lock"
pip install --quiet --require-hashes --only-binary :all: -r "$lock"
# Ours: from this folder, without asking the network.
pip install --quiet --no-deps --no-build-isolation --no-index --editable .
touch ".venv/$set_name.stamp"
