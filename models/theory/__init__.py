"""Rules of music that always answer; no torch."""
