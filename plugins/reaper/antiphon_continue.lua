-- @description Antiphon: Continue
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon writes the next measures of the selected melody.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("continue")
