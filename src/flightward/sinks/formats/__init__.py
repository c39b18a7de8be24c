"""Writers of a Scene: pure functions, no I/O."""
