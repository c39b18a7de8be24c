"""encounters."""
