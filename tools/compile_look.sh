#!/bin/bash
# Compile the one stylesheet of the pages, src/demur/web/look/static/look.css, from tools/look with npm's sass.
# Both packages are locked in tools/look/package-lock.json; the same lock and the same sources give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v node npm >/dev/null || tools/need.sh nodejs npm
work=$PWD/.cache/look
target=${1:-$PWD/src/demur/web/look/static/look.css}
mkdir -p "$work" "$(dirname "$target")"
cp tools/look/{package.json,package-lock.json,look.scss,mirror.mjs,notice.css} "$work"
npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel error >/dev/null
"$work/node_modules/.bin/sass" --no-source-map --style compressed --no-charset --quiet-deps --pkg-importer node \
    "$work/look.scss" "$target"
node "$work/mirror.mjs" "$target" "$work/notice.css"
gzip --best --no-name --keep --force "$target"
wc -c "$target" "$target.gz"
