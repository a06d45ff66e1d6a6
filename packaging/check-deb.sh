#!/bin/bash
# Checks a Debian package: packaging/check-deb.sh PACKAGE [SUITE]. lintian has no error and no warning, and the package
# installs, runs and goes again in a system that has just been made. Needs lintian, mmdebstrap, root and the network; takes
# a minute.
set -euo pipefail
package=$(realpath "$1")
suite=${2:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
lintian --allow-root --fail-on error,warning "$package"

# What a user of that system would do. The last command finds that nothing is left of the program.
export TRIAL='set -e
luaconc --version
luaconc -e "print(thread.spawn(function() return process.spawn(string.rep, [[ok ]], 2):join() end):join())" | grep -x "ok ok "
echo "print(1 + 1)" | luaconc | grep -x 2
test -s /usr/share/luaconc/types/thread.lua
test -z "$(dpkg --verify luaconc)"
apt-get remove -y -qq luaconc
test ! -e /usr/bin/luaconc'

mmdebstrap --quiet --variant=apt \
    --customize-hook="copy-in '$package' /tmp" \
    --customize-hook="chroot \"\$1\" apt-get install -y -qq --no-install-recommends '/tmp/$(basename "$package")'" \
    --customize-hook='chroot "$1" sh -c "$TRIAL"' \
    "$suite" /dev/null
echo "$(basename "$package") installs, runs and goes in a new $suite"
