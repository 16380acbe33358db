-- @description Antiphon: a co-writer that answers what is selected
-- @version 0.1.0
-- @author Antiphon
-- @about
--   Select MIDI items, press a key, and a model on this computer answers on a new track or
--   behind the melody. Needs Antiphon itself. Run this script once: it registers the actions.
-- @provides
--   [main] .
--   [nomain] antiphon_*.lua
--   [nomain] lib/*.lua
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
local app = dofile(folder .. "lib/antiphon.lua")(folder)
app.talk.guarded(function() dofile(folder .. "lib/setup.lua")(app).run() end)
