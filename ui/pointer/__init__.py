"""Antiphon's own menu at the pointer, over editors whose menus cannot be extended."""
