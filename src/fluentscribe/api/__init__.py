"""The platform over HTTP: `app.create_app` puts it together, `routes/` has a file for each kind of thing."""
