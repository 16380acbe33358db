"""What can be heard in a phrase: originality, style, mood."""
