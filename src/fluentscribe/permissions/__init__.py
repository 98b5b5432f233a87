"""Who may do what: decided here and nowhere else, and enforced again by the policies of the database."""
