-- @description Antiphon: Open panel
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon opens Antiphon's window.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("open")
