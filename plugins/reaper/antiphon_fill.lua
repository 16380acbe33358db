-- @description Antiphon: Fill
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon writes the selected measures anew, between what stands around them.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("fill")
