"""Configuration for nginx and Varnish, for who puts one of these in front: the same rules, the same purges. Pure."""
