#!/bin/bash
# Install the Debian packages that a make target needs, if they are missing: tools/need.sh PACKAGE...
set -euo pipefail

missing=()
for package in "$@"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "this target needs: ${missing[*]} (no apt-get here: install them by hand)" >&2
    exit 1
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
# dpkg and apt have one lock: of two targets that are made side by side, the second waits its turn.
exec 9>"${TMPDIR:-/tmp}/demur-need-$(id -u).lock"
flock 9
echo "installing Debian packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -qq --yes --no-install-recommends "${missing[@]}"
