"""Worker processes on other machines: the workers of a Dask cluster start them and hand their messages on."""
