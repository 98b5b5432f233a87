"""An analysis as it is shown: in a terminal, in the report of a run, on its own page."""
