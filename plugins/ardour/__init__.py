"""The Ardour scripts: `lib/` lies in Ardour's own folder, every action's slot loads it."""
