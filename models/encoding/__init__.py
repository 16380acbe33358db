"""Phrase to tokens and back, and constraints as masks."""
