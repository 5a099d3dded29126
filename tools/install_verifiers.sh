#!/bin/bash
# Install the verifiers that are not ours, into .cache/verifiers: Go's sumdb, Sigstore's for Node and for Python, and
# axe, which checks pages; an OpenID provider for tests comes with the one for Node. They come side by side, each from
# its own registry at a locked version; nothing goes into .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${1:?usage: tools/install_verifiers.sh PYTHON}
programs=$PWD/tests/verifiers
target=$PWD/.cache/verifiers
mkdir -p "$target"

install_go() {
    tools/need.sh golang-go golang-golang-x-mod-dev
    # Debian's packages lie in a GOPATH, so that no module proxy is asked.
    GO111MODULE=off GOPROXY=off GOFLAGS='' GOPATH=/usr/share/gocode GOCACHE="$target/go-build" \
        go build -o "$target/go-verify" "$programs/go/verify.go"
}

install_node() {
    command -v node npm >/dev/null || tools/need.sh nodejs npm
    rm -rf "$target/node"
    mkdir "$target/node"
    cp "$programs"/node/{package.json,package-lock.json,verify.js,provider.mjs} "$target/node"
    npm ci --prefix "$target/node" --ignore-scripts --no-audit --no-fund --loglevel error >/dev/null
}

install_axe() {
    rm -rf "$target/axe"
    mkdir "$target/axe"
    cp tests/browser/{package.json,package-lock.json} "$target/axe"
    npm ci --prefix "$target/axe" --ignore-scripts --no-audit --no-fund --loglevel error >/dev/null
}

install_sigstore() {
    rm -rf "$target/sigstore"
    "$python" -m venv --without-pip "$target/sigstore"
    "$python" -m pip --python "$target/sigstore/bin/python" install -qq --disable-pip-version-check --no-compile \
        --no-deps --requirement requirements/sigstore.lock
}

install_sigstore & sigstore=$!
install_go
install_node
install_axe
wait "$sigstore"
