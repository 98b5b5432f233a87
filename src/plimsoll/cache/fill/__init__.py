"""Who fills a value and who waits for it, what a fill says of what it reads, and what is given meanwhile."""
