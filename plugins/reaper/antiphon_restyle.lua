-- @description Antiphon: Restyle
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon puts the selected melody and what is under it into another style.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("restyle")
