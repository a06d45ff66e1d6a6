#!/usr/bin/env bash
# nats.c 3.4.1 (Debian's libnats3.4 3.4.1-1+b1), no server.
#
# Guess: natsMsg_Destroy frees a message on the thread that calls it, like the other functions of that name.
# Seen:  each call hands the message to a thread of the library and wakes it. On a path where each microsecond counts that is a
#        context switch for each message; whoever destroys many at a time has one for all of them.
set -euo pipefail
library=3.4.1-1+b1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download -qq "libnats3.4=$library" "libnats-dev=$library" >/dev/null 2>&1
for package in ./*.deb; do dpkg -x "$package" .; done
lib=$(dirname "$(find "$PWD/usr/lib" -name 'libnats.so.3.4')")

cat >destroy.c <<'C'
#include <dirent.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// How often the threads but the first went to sleep.
static long sleeps(void) {
    long sum = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(tasks));) {
        char name[64], line[128];
        long number;
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid()) continue;
        snprintf(name, sizeof name, "/proc/self/task/%.20s/status", entry->d_name);
        FILE *status = fopen(name, "r");
        while (fgets(line, sizeof line, status))
            if (sscanf(line, "voluntary_ctxt_switches: %ld", &number) == 1) sum += number;
        fclose(status);
    }
    closedir(tasks);
    return sum;
}

enum { count = 200 };

static long measure(bool at_once) {
    natsMsg *messages[count];
    for (int i = 0; i < count; i++)
        if (natsMsg_Create(&messages[i], "subject", NULL, "text", 4)) exit(1);
    long before = sleeps();
    for (int i = 0; i < count; i++) {
        natsMsg_Destroy(messages[i]);
        if (!at_once) usleep(2000);
    }
    usleep(200000);
    return sleeps() - before;
}

int main(void) {
    if (nats_Open(-1)) return 1;
    usleep(200000);
    printf("one by one: %s\n", measure(false) >= count / 2 ? "a thread is woken for each" : "none is woken");
    printf("all at once: %s\n", measure(true) < count / 4 ? "a thread is woken now and then" : "for each");
    return 0;
}
C
gcc -o destroy destroy.c -Iusr/include "$lib/libnats.so.3.4" -Wl,-rpath,"$lib"
./destroy | tee out
[[ $(cat out) == $'one by one: a thread is woken for each\nall at once: a thread is woken now and then' ]]
echo "as seen"
