#!/bin/bash
# Makes a Debian package: packaging/deb.sh BINARY ROOT TARGET. ROOT holds what `make install-data` installs.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
binary=$1 root=$2 target=$3
version=$("$binary" --version | sed -n '1s/^luaconc //p')
architecture=$(dpkg --print-architecture)
maintainer='luaconc <luaconc@users.noreply.github.com>'
doc=$root/usr/share/doc/luaconc

install -d "$root/usr/bin" "$root/DEBIAN" "$doc" "$root/usr/share/lintian/overrides"
install -m 755 "$binary" "$root/usr/bin/luaconc"
strip --remove-section=.comment --remove-section=.note "$root/usr/bin/luaconc"
gzip -9n "$root/usr/share/man/man1/luaconc.1"

# The oldest C library that has all that the program uses.
libc=$(objdump -T "$root/usr/bin/luaconc" | grep -o 'GLIBC_2[.0-9]*' | sort -Vu | tail -1)
cat >"$root/DEBIAN/control" <<END
Package: luaconc
Version: $version
Section: interpreters
Priority: optional
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: libc6 (>= ${libc#GLIBC_})
Recommends: libedit2, libseccomp2, tzdata
Suggests: lua5.4, libnats3.4
Description: Lua 5.4 with tasks, threads, channels, timers and processes
 luaconc runs Lua 5.4 scripts unchanged, and gives them functions that take
 turns, OS threads with a Lua state each, channels, timers, a scheduler,
 shared maps, locks, supervisors and child processes, all built in.
 .
 Libraries that are installed for lua5.4 load in every thread.
END

cat >"$doc/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: luaconc

Files: *
Copyright: 2026, the authors of luaconc
License: Apache-2.0

License: Apache-2.0
 On Debian systems, the complete text of the Apache License, Version 2.0
 can be found in /usr/share/common-licenses/Apache-2.0.
Comment:
 The program contains Lua 5.4, copyright 1994-2022 Lua.org, PUC-Rio, under the
 MIT license, and the standard library of Swift, copyright Apple Inc. and the
 Swift project authors, under the Apache License 2.0 with Runtime Library
 Exception.
END

{
    printf 'luaconc (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * What has changed is told in the file CHANGELOG.md of the sources.\n\n'
    printf ' -- %s  %s\n' "$maintainer" "$(date -R -r CHANGELOG.md)"
} | gzip -9n >"$doc/changelog.gz"

cat >"$root/usr/share/lintian/overrides/luaconc" <<END
# The program stands at a fixed address, so that a start need not change the 16,000 pointers in Swift's tables.
luaconc: hardening-no-pie [usr/bin/luaconc]
# What bindnow would look up at each start is looked up when it is first called: most of it never is.
luaconc: hardening-no-bindnow [usr/bin/luaconc]
# Names of Unicode characters, in pieces, in the tables of Swift's library.
luaconc: spelling-error-in-binary * [usr/bin/luaconc]
END
chmod 644 "$root/usr/share/lintian/overrides/luaconc" "$doc"/*
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group --build "$root" "$target/luaconc_${version}_$architecture.deb"
