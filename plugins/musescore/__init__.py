"""The MuseScore plugin."""
