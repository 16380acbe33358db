-- @description Antiphon: Arrange
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon writes piano, bass and drums together on new tracks.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("arrange")
