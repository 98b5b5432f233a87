"""What statements cost, as they are and with indexes that are not there, and what such indexes would take."""
