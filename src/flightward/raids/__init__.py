"""raids."""
