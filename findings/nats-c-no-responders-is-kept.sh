#!/usr/bin/env bash
# nats.c 3.4.1 (Debian's libnats3.4 3.4.1-1+b1), nats-server 2.9.10.
#
# Guess: natsSubscription_NextMsg of a wildcard inbox returns the server's "503: no responders" as a message, as a callback
#        gets it, so that its subject tells which of several requests nobody hears.
# Seen:  it returns NATS_NO_RESPONDERS and no message: that one is destroyed, and its subject with it.
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

cat >inbox.c <<'C'
#include <nats/nats.h>
#include <stdio.h>

static void arrived(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)connection, (void)subscription, (void)closure;
    const char *status = NULL;
    natsMsgHeader_Get(message, "Status", &status);
    printf("callback: %s, status %s\n", natsMsg_GetSubject(message), status ? status : "none");
    natsMsg_Destroy(message);
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    natsConnection *connection = NULL;
    natsSubscription *called = NULL, *asked = NULL;
    if (natsConnection_ConnectTo(&connection, argv[1])
        || natsConnection_Subscribe(&called, connection, "called.*", arrived, NULL)
        || natsConnection_SubscribeSync(&asked, connection, "asked.*")
        || natsConnection_PublishRequestString(connection, "nobody", "called.17", "text")
        || natsConnection_Flush(connection))
        return 1;
    nats_Sleep(500);
    if (natsConnection_PublishRequestString(connection, "nobody", "asked.18", "text")) return 1;
    natsMsg *message = NULL;
    natsStatus status = natsSubscription_NextMsg(&message, asked, 5000);
    printf("NextMsg: %s, %s\n", status == NATS_NO_RESPONDERS ? "NATS_NO_RESPONDERS" : natsStatus_GetText(status),
        message ? natsMsg_GetSubject(message) : "no message");
    return 0;
}
C
gcc -o inbox inbox.c -Iusr/include "$lib/libnats.so.3.4" -Wl,-rpath,"$lib"
usr/sbin/nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$folder" -l log &
pid=$!
for _ in {1..100}; do
    url=$(grep -ho 'nats://[0-9.:]*' ./*.ports 2>/dev/null | head -1) || true
    [[ -z $url ]] || break
    sleep 0.1
done
expected="callback: called.17, status 503
NextMsg: NATS_NO_RESPONDERS, no message"
seen=$(./inbox "$url")
echo "$seen"
[[ $seen == "$expected" ]] || { echo "changed; expected:"; echo "$expected"; exit 1; }
