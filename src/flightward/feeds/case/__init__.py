"""A case: a folder with everything about one day (docs/case-format.md)."""
