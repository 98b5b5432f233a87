"""What advice on a database is made of: what is asked of it, what it is like, what might be changed, what that gave."""
