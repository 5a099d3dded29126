"""Programs that make what the package carries and cannot be read off by a person; none of them is installed."""
