-- @description Antiphon: Keep
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon keeps the last answer: nothing of Antiphon's touches it any more.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("keep")
