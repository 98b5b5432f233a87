"""Whether what was applied has kept its promise, by what the server has counted before and since. Pure."""
