"""Standard MIDI Files, MusicXML and ABC to and from Phrase."""
