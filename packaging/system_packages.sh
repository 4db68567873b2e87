#!/bin/sh
# Install Debian packages that are missing, where that is possible (root, or sudo without a password);
# elsewhere say which are missing and go on: the program itself says what it cannot do without them.
set -eu
command -v dpkg-query > /dev/null 2>&1 || exit 0
missing=""
for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif sudo -n true 2> /dev/null; then
    as_root="sudo"
else
    echo "Missing system packages; install them with: apt-get install$missing" >&2
    exit 0
fi
echo "Installing system packages:$missing ..."
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing > /dev/null 2>&1 ||
    { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing > /dev/null; } ||
    echo "These could not be installed:$missing" >&2
