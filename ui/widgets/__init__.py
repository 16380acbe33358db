"""The panel's own small widgets; each draws, none decides."""
