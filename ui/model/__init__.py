"""What the panel knows and does, without Qt."""
