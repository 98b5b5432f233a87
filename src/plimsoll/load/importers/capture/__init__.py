"""From the statements of a database to a scenario: which statement, which parameters, which journey. Pure."""
