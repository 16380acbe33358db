-- @description Antiphon: Harmonize, piano
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon writes a piano part under the selected melody.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("harmonize", { as = "piano" })
