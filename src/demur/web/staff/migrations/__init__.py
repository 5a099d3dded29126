"""The versions of the tables of staff, in their order."""
