"""The stages, wired: one `step()` serves live feeds, replay and tests; it holds no arithmetic."""
