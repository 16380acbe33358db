-- @description Antiphon: Harmonize, chords
-- @version 0.1.0
-- @author Antiphon
-- @about Antiphon writes chords under the selected melody on a new track.
-- @noindex
local folder = select(2, reaper.get_action_context()):match("^(.*[/\\])")
dofile(folder .. "lib/antiphon.lua")(folder).commands.press("harmonize", { as = "chords" })
