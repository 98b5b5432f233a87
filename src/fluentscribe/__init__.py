"""Fluent Scribe QA: the reference platform that Plimsoll's demo loads and its fixes are proved on."""
