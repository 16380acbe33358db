"""One readable file a network; none knows a task."""
