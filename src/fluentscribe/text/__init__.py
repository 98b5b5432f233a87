"""What is known of languages, and how texts are counted."""
