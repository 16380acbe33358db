"""OSC over UDP, HTTP on loopback and the spool folder; they know no music."""
