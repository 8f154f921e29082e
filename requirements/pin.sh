#!/bin/sh
# Makes the pinned lists anew, with uv: sh requirements/pin.sh [uv's options, such as --upgrade-package NAME]
# Versions stay where pyproject.toml and the .in files allow it. Needs no GPU, and any platform will do.
set -e
cd "$(dirname "$0")/.."
pins=$(mktemp)
trap 'rm -f "$pins"' EXIT
extras="--extra bundled --extra code --extra datasets --extra slurm --extra train"

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-header --no-emit-package torch \
        --overrides requirements/overrides.txt "$@"
}

# The other lists take the GPU's versions, without hashes and markers, which uv stumbles over there.
compile "$@" pyproject.toml requirements/gpu.in $extras -o requirements/gpu.txt
sed -n 's/^\([^ ]*==[^ ]*\) .*/\1/p' requirements/gpu.txt >"$pins"
compile "$@" pyproject.toml requirements/cpu.in $extras -c "$pins" \
    --overrides requirements/overrides-cpu.txt -o requirements/cpu.txt
compile "$@" pyproject.toml --extra dev --extra wandb -c "$pins" -o requirements/dev.txt
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
    -c "$pins" "$@" requirements/docs.in -o requirements/docs.txt
