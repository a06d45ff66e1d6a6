// The command line, as the system gives it.
#pragma once

int arguments_count(void);
char *const *arguments_words(void);
