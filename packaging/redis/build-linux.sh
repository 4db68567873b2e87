#!/bin/sh
# Build the store's server for Linux, for the architecture of the machine it runs on (x86-64 or arm64).
# Run it on the oldest distribution that the bundle supports: the result needs that glibc or a newer one.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
[ $# -ge 2 ] || usage
unpack "$1" "${3:-}"
case $(uname -m) in
    x86_64) machine="-march=x86-64" ;;
    aarch64) machine="-march=armv8-a" ;;
    *) echo "no recipe for $(uname -m)" >&2; exit 1 ;;
esac
compile OPTIMIZATION=-O2 CFLAGS="$machine -fstack-protector-strong" LDFLAGS="-Wl,-z,relro,-z,now"
deliver "$2"
