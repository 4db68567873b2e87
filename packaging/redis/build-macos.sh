#!/bin/sh
# Build the store's server for macOS. ARCH=arm64 or x86_64 (default: this machine's); either builds both.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
[ $# -ge 2 ] || usage
unpack "$1" "${3:-}"
arch=${ARCH:-$(uname -m)}
flags="-arch $arch -mmacosx-version-min=12.0"
# Set in the environment, the dependencies (hiredis, linenoise, Lua) take them as well.
export MACOSX_DEPLOYMENT_TARGET=12.0 ARCHFLAGS="-arch $arch"
compile OPTIMIZATION=-O2 CFLAGS="$flags" LDFLAGS="$flags" uname_M="$arch"
deliver "$2"
# An unsigned program does not start on Apple silicon; the bundle's own signature replaces this one.
codesign --force --sign - "$2/$PROGRAM"
