// Finds the words of the command line faster than Swift does. It has no functions to call: linking it is enough.
