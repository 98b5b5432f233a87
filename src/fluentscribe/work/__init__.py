"""What the platform does in the background: sessions are analysed by workers that the database hands jobs to."""
