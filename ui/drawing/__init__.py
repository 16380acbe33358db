"""What the panel draws: score, piano roll, small plots, and the words and colours they share."""
