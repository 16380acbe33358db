"""The names of General MIDI drum sounds (GM 1 percussion key map)."""

DRUM_NAMES = {
    35: "Kick 2", 36: "Kick", 37: "Side stick", 38: "Snare", 39: "Clap", 40: "Snare 2",
    41: "Floor tom", 42: "Closed hat", 43: "High floor tom", 44: "Pedal hat", 45: "Low tom",
    46: "Open hat", 47: "Low-mid tom", 48: "High-mid tom", 49: "Crash", 50: "High tom",
    51: "Ride", 52: "China", 53: "Ride bell", 54: "Tambourine", 55: "Splash", 56: "Cowbell",
    57: "Crash 2", 59: "Ride 2", 60: "High bongo", 61: "Low bongo", 62: "Mute conga",
    63: "Open conga", 64: "Low conga", 65: "High timbale", 66: "Low timbale", 69: "Cabasa",
    70: "Maracas", 75: "Claves", 76: "High block", 77: "Low block", 80: "Mute triangle",
    81: "Open triangle",
}  # fmt: skip


def drum_name(midi_number: int) -> str:
    """The name of a drum sound, "Drum 84" where General MIDI has none."""
    return DRUM_NAMES.get(midi_number, f"Drum {midi_number}")
