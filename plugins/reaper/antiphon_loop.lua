-- @description Antiphon: Stay connected
-- @version 0.1.0
-- @author Antiphon
-- @about Lands answers and does what the panel asks as long as REAPER runs; run it again to stop it.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.stay()
