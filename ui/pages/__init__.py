"""One page a file; a page reads the session, shows it, and calls deeds."""
