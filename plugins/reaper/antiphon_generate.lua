-- @description Antiphon: Generate
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon writes new music into the selected span.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("generate")
