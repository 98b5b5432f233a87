"""What joins the systems, one file each: preflight, run, report, demo."""
