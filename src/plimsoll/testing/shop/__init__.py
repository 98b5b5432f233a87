"""A small shop to try things on: tables and statements, and an HTTP application over them that misbehaves to order."""
