"""Telling people: messages to chats, mail and pagers, within a bounded time and without showing an address."""
