// The command's own words, faster. Nothing is to be called here: linking it is enough.
