"""What the panel plays: phrases as sound, through a soft synth or a MIDI port; no Qt."""
