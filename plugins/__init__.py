"""Scripts that live inside the editors."""
