"""Who makes which journey when: the crew of users, closed and open loops, and their clock."""
