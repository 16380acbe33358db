"""Messages, their table and their life cycle; no socket is opened here."""
