// The peers in C: what a C program pays for the same work with the same system calls.
// `bench peer NAME N` runs one of them in a process of its own.
#pragma once

/// Runs the peer `name` over `n` items and prints its figures, one `name value` a line.
/// Returns the exit status: 0, or 2 when there is no such peer. Any failure inside ends the process.
int peer_run(const char *name, long n);

/// The process's environment, which Swift 6 does not let one read from `environ`.
char *const *peer_environment(void);
