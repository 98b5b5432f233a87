"""A person's own profile."""

FIND = """
SELECT id, email, display_name, locale, last_login_at, created_at, updated_at FROM profiles WHERE id = app_profile_id()
"""
LOCK = f"{FIND} FOR NO KEY UPDATE"
EMAIL = "SELECT email FROM profiles WHERE id = app_profile_id()"
