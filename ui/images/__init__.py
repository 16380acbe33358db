"""Small pictures that the stylesheet names; one set for each theme."""
