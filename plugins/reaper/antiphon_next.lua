-- @description Antiphon: Next take
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon puts the next take in the place of the last answer.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("next")
