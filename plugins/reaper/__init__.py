"""REAPER's scripts: one thin file a command over the shared files in `lib`."""
