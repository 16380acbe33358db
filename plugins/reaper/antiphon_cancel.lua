-- @description Antiphon: Cancel
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon calls off what has been asked and is not there yet.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("cancel")
