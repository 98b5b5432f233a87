"""Tables as functions of row numbers: what makes their values, links and NULLs."""
