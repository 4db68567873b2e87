#!/bin/sh
# Build the store's server for Windows x86-64 in an MSYS2 shell (MSYSTEM=MSYS, not MINGW64 or UCRT64: the server
# needs fork and the POSIX layer of msys-2.0.dll). Packages: base-devel gcc msys2-runtime-devel.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
[ $# -ge 2 ] || usage
[ "${MSYSTEM:-}" = MSYS ] || { echo "start the MSYS shell of MSYS2" >&2; exit 1; }
unpack "$1" "${3:-}"
# The server asks for GNU extensions (dladdr, Dl_info) only on systems that it knows.
compile OPTIMIZATION=-O2 CFLAGS="-D_GNU_SOURCE -Wno-char-subscripts" LDFLAGS="-Wl,--stack,8388608"
deliver "$2" .exe
# The POSIX layer goes beside the program; it is under the LGPL with an exception for its users.
cp /usr/bin/msys-2.0.dll "$2/"
