"""The pages (NiceGUI): one file a tab, and the pieces that they share."""
