// A program run to its end: posix_spawn and waitpid.
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#include "CPeers.h"
#include "peers.h"

static void run(long count) {
    char *words[] = {"true", NULL};
    for (long i = 0; i < count; i++) {
        pid_t pid;
        int status;
        check(posix_spawnp(&pid, "true", NULL, NULL, words, peer_environment()) == 0, "posix_spawn failed");
        check(waitpid(pid, &status, 0) == pid && status == 0, "the program failed");
    }
}

void process_run(long n) {
    run(n / 10);
    double start = now_seconds();
    run(n);
    printf("ns_per_op %f\n", (now_seconds() - start) / (double)n * 1e9);
}
