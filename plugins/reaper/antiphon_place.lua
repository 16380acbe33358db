-- @noindex
-- Where Antiphon's service exchanges files and how it is started. `antiphon install reaper`
-- writes this file; as it is here, the places of an ordinary installation are guessed.
return { run_folder = "", launcher = "antiphon", version = "0.1.0" }
