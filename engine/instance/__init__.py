"""One data directory, one owner: how other processes reach it."""
