"""One file for each kind of thing. Each route names its action (`May`); the SQL is in `fluentscribe.records`."""
