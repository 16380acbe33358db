.pragma library
// Where the running service says how to reach it, and the command lines that start the service,
// the panel and its menu; written by `antiphon install musescore`.

var RUN_FILE = "";
var SERVE = "";
var PANEL = "";
var MENU = "";
