# Steps that are the same on every platform; sourced by the build scripts, see README.md.
set -eu

usage() {
    echo "usage: $0 SOURCE.tar.gz OUT_DIR [SHA256]" >&2
    echo "  SOURCE.tar.gz  source of Valkey 7.2 or later, or of Redis 6.2 to 7.2" >&2
    echo "  SHA256         what the tarball must have; taken from the release page of the project" >&2
    exit 2
}

# unpack TARBALL SHA256: sets SOURCE (a fresh copy of the tree) and PROGRAM (redis-server or valkey-server).
unpack() {
    tarball=$1 wanted=$2
    if [ -n "$wanted" ]; then
        found=$( (sha256sum "$tarball" 2>/dev/null || shasum -a 256 "$tarball") | cut -d' ' -f1)
        [ "$found" = "$wanted" ] || { echo "$tarball has SHA-256 $found, not $wanted" >&2; exit 1; }
    fi
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    tar -xzf "$tarball" -C "$work"
    SOURCE=$(find "$work" -mindepth 1 -maxdepth 1 -type d | head -n 1)
    [ -f "$SOURCE/src/server.c" ] || { echo "$tarball is not the source of Redis or Valkey" >&2; exit 1; }
    # Redis 7.4 and later are not under the BSD licence and must not be in our bundle.
    cat "$SOURCE"/COPYING "$SOURCE"/LICENSE* 2>/dev/null | grep -qi "redistributions in binary form" ||
        { echo "$tarball is not under the BSD licence" >&2; exit 1; }
    if [ -f "$SOURCE/src/valkey-cli.c" ]; then PROGRAM=valkey-server; else PROGRAM=redis-server; fi
}

# compile ARGUMENTS OF make …: only the server; no TLS, no systemd (there is no TCP and no service).
# MALLOC=libc: jemalloc is built for one page size and fails on arm64 systems with another.
compile() {
    jobs=$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
    (cd "$SOURCE/src" && make -j"$jobs" MALLOC=libc BUILD_TLS=no USE_SYSTEMD=no "$@" "$PROGRAM")
}

# deliver OUT_DIR [SUFFIX]: the server under the name that Scrubjay looks for, with its licence.
deliver() {
    out=$1 suffix=${2:-}
    mkdir -p "$out"
    cp "$SOURCE/src/$PROGRAM$suffix" "$out/$PROGRAM$suffix"
    strip "$out/$PROGRAM$suffix" 2>/dev/null || true
    cat "$SOURCE"/COPYING "$SOURCE"/LICENSE* 2>/dev/null >"$out/$PROGRAM-LICENSE.txt" || true
    "$out/$PROGRAM$suffix" --version
}
