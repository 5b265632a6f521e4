#!/usr/bin/env bash
# Make a package's first migration again from its tables. Only for a package that no release carries yet.
set -euo pipefail
cd "$(dirname "$0")/.."
package=$1
rm -f migrations/"$package"/*_first.py
.venv/bin/python -m piccolo.main migrations new "$package" --auto --desc "first tables" >/tmp/remake.$package.log 2>&1 || { cat /tmp/remake.$package.log; exit 1; }
newest=$(ls -t migrations/"$package"/*.py | grep -v -e _raw -e _triggers | head -1)
sed -i -E 's/^ID = .*/ID = "2026-11-24T00:00:00:000000"/' "$newest"
mv "$newest" migrations/"$package"/"${package}"_20261124_first.py
echo "migrations/$package/${package}_20261124_first.py"
