"""Workers as ordinary processes: a keeper holds their sockets and them, the supervisor decides and may die."""
