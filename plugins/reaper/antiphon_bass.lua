-- @description Antiphon: Bass
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon writes a bass line on a new track.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("bass")
