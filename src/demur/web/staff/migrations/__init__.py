"""Migrations of the tables of staff."""
