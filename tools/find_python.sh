#!/bin/bash
# Print the first Python that can run Demur (3.11 or later): the command that `make` builds .venv with.
set -euo pipefail

for candidate in python3.11 python3.12 python3.13 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        command -v "$candidate"
        exit 0
    fi
done
echo "no Python 3.11 or later found; install one or name it: make PYTHON=/path/to/python" >&2
exit 1
