-- @noindex
-- Every action: its file, its name in the list of actions, and the letter that is offered for it
-- with Ctrl, Alt and Shift (Cmd, Opt and Shift on macOS).
return {
  { "antiphon_continue.lua", "Antiphon: Continue", "C" },
  { "antiphon_fill.lua", "Antiphon: Fill", "F" },
  { "antiphon_vary.lua", "Antiphon: Vary", "V" },
  { "antiphon_harmonize_chords.lua", "Antiphon: Harmonize, chords", "H" },
  { "antiphon_harmonize_voices.lua", "Antiphon: Harmonize, three voices", "" },
  { "antiphon_harmonize_piano.lua", "Antiphon: Harmonize, piano", "" },
  { "antiphon_bass.lua", "Antiphon: Bass", "B" },
  { "antiphon_drums.lua", "Antiphon: Drums", "D" },
  { "antiphon_accompany.lua", "Antiphon: Accompany", "A" },
  { "antiphon_accompany_guitar.lua", "Antiphon: Accompany, guitar", "" },
  { "antiphon_arrange.lua", "Antiphon: Arrange", "R" },
  { "antiphon_restyle.lua", "Antiphon: Restyle", "T" },
  { "antiphon_generate.lua", "Antiphon: Generate", "G" },
  { "antiphon_next.lua", "Antiphon: Next take", "N" },
  { "antiphon_previous.lua", "Antiphon: Previous take", "P" },
  { "antiphon_keep.lua", "Antiphon: Keep", "K" },
  { "antiphon_cancel.lua", "Antiphon: Cancel", "X" },
  { "antiphon_open.lua", "Antiphon: Open panel", "O" },
  { "antiphon_loop.lua", "Antiphon: Stay connected", "" },
}
