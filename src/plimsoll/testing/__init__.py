"""The test kit we ship: virtual-time event loop, fault-injecting proxy, PostgreSQL fixture."""
