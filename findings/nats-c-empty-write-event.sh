#!/usr/bin/env bash
# nats.c 3.4.1 (Debian's libnats3.4 3.4.1-1+b1) with an event loop of the program's own, nats-server 2.9.10.
#
# Guess: natsConnection_ProcessWriteEvent, called once more when everything has been written already, does nothing: a loop may
#        have one event for a writable socket too many, or another thread may have written meanwhile.
# Seen:  the library takes the empty write for the end of the connection, drops the connection, and makes it anew.
set -euo pipefail
library=3.4.1-1+b1 server=2.9.10-1+b3
folder=$(mktemp -d)
pid=
trap '[[ -z $pid ]] || kill $pid; rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download -qq "libnats3.4=$library" "libnats-dev=$library" "nats-server=$server" >/dev/null 2>&1
for package in ./*.deb; do dpkg -x "$package" .; done
lib=$(dirname "$(find "$PWD/usr/lib" -name 'libnats.so.3.4')")

cat >loop.c <<'C'
#include <nats/nats.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static natsSock sock;
static bool writes;

static natsStatus attach(void **data, void *loop, natsConnection *connection, natsSock s) {
    (void)connection;
    *data = loop;
    sock = s;
    return NATS_OK;
}
static natsStatus on_read(void *data, bool add) { (void)data, (void)add; return NATS_OK; }
static natsStatus on_write(void *data, bool add) { (void)data; writes = add; return NATS_OK; }
static natsStatus detach(void *data) { (void)data; return NATS_OK; }

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    natsConnection *connection = NULL;
    natsOptions *options = NULL;
    if (natsOptions_Create(&options) || natsOptions_SetURL(options, argv[1])
        || natsOptions_SetEventLoop(options, &sock, attach, on_read, on_write, detach)
        || natsConnection_Connect(&connection, options) || natsConnection_PublishString(connection, "subject", "text"))
        return 1;
    natsConnection_ProcessWriteEvent(connection);
    printf("written: %s, connected: %s\n", writes ? "no" : "yes",
        natsConnection_Status(connection) == NATS_CONN_STATUS_CONNECTED ? "yes" : "no");
    struct pollfd writable = {.fd = sock, .events = POLLOUT};
    printf("writable: %s\n", poll(&writable, 1, 1000) == 1 ? "yes" : "no");
    natsConnection_ProcessWriteEvent(connection);
    printf("once more, connected: %s\n",
        natsConnection_Status(connection) == NATS_CONN_STATUS_CONNECTED ? "yes" : "no");
    return 0;
}
C
gcc -o loop loop.c -Iusr/include "$lib/libnats.so.3.4" -Wl,-rpath,"$lib"
usr/sbin/nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$folder" -l log &
pid=$!
for _ in {1..100}; do
    url=$(grep -ho 'nats://[0-9.:]*' ./*.ports 2>/dev/null | head -1) || true
    [[ -n $url ]] && break
    sleep 0.1
done
./loop "$url" | tee out
[[ $(cat out) == $'written: yes, connected: yes\nwritable: yes\nonce more, connected: no' ]]
echo "as seen"
