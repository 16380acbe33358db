-- @description Antiphon: Vary
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon writes a variation of the selected measures in their place.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("vary")
