.pragma library
// Where the running service says how to reach it; written by `antiphon install musescore`.

var RUN_FILE = "";
