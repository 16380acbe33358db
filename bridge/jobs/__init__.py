"""Queue, journal, takes and the supervisor of the model process."""
