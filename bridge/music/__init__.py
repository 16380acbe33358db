"""Musical values and pure functions on them; the standard library only."""
