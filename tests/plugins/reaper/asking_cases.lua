-- What leaves REAPER: which span, which tracks, exact notes, and the map of meters and tempos.
local function melody(from, values)
  local notes = {}
  for step = 0, 7 do notes[#notes + 1] = { from + step, 1, 60 + step, 80 + step } end
  local item = { from = from, to = from + 8, notes = notes, selected = true }
  for key, value in pairs(values or {}) do item[key] = value end
  return item
end

local function song(values)
  local given = { tracks = { { name = "Lead", items = { melody(8) } } } }
  for key, value in pairs(values or {}) do given[key] = value end
  return given
end

-- The notes of each track of an SMF as { tick, duration, pitch, velocity, channel }, and its metas.
local function heard(bytes)
  local tracks, at = {}, 15
  assert(bytes:sub(1, 4) == "MThd")
  local _, _, count, ppq = string.unpack(">I4I2I2I2", bytes, 5)
  assert(ppq == 960, "ppq " .. ppq)
  for index = 1, count do
    local size = string.unpack(">I4", bytes, at + 4)
    local place, stop, now = at + 8, at + 8 + size, 0
    local track = { notes = {}, metas = {}, programs = {} }
    local open = {}
    local function variable()
      local value = 0
      repeat
        local byte = bytes:byte(place)
        place, value = place + 1, value << 7 | byte & 0x7f
      until byte < 0x80
      return value
    end
    while place < stop do
      now = now + variable()
      local status = bytes:byte(place)
      if status == 0xff then
        local kind = bytes:byte(place + 1)
        place = place + 2
        local length = variable()
        table.insert(track.metas, { now, kind, bytes:sub(place, place + length - 1) })
        place = place + length
      elseif status & 0xf0 == 0xc0 then
        table.insert(track.programs, bytes:byte(place + 1))
        place = place + 2
      else
        local pitch, velocity = bytes:byte(place + 1), bytes:byte(place + 2)
        local key = (status & 15) * 128 + pitch
        if status & 0xf0 == 0x90 then
          local note = { now, 0, pitch, velocity, status & 15 }
          table.insert(track.notes, note)
          open[key] = note
        else
          open[key][2] = now - open[key][1]
        end
        place = place + 3
      end
    end
    at = stop
    tracks[index] = track
  end
  assert(at == #bytes + 1, "bytes left over")
  return tracks
end

cases["selected items are sent with their notes as they stand"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  local ask = b.ask()
  same(ask.values.task, "bass")
  same(ask.values.antiphon, "1")
  same(ask.values.region_start, tostring(8 * 960))
  same(ask.values.region_end, tostring(16 * 960))
  same(ask.values.phrase_start, "0")
  same(ask.values.first_measure, "1")
  same(ask.values.title, "song")
  same(ask.values.document, "/music/song.rpp")
  same(ask.values.editor, "REAPER 7.22")
  same(#ask.values.revision, 16)
  same(ask.rows("part"), { { "1", b.project.track(1).guid, "1", "0", "80", "Lead" } })
  local tracks = heard(ask.music)
  same(#tracks, 2)
  for step, note in ipairs(tracks[2].notes) do
    same(note, { (7 + step) * 960, 960, 59 + step, 79 + step, 0 })
  end
  same(tracks[2].metas[1], { 0, 3, "Lead" })
  b.quiet()
end

cases["every resolution and item offset gives the same ticks"] = function()
  for _, shape in ipairs({ { 480, 0 }, { 96, 0 }, { 960, 3.5 }, { 15360, 1.25 }, { 480, 8 } }) do
    local b = bench(song({ tracks = { { name = "Lead",
      items = { melody(8, { ppq = shape[1], offset = shape[2] }) } } } }))
    b.press("antiphon_bass.lua")
    local tracks = heard(b.ask().music)
    same(#tracks[2].notes, 8, shape[1] .. " " .. shape[2])
    for step, note in ipairs(tracks[2].notes) do
      same(note, { (7 + step) * 960, 960, 59 + step, 79 + step, 0 }, shape[1] .. "")
    end
  end
end

cases["a tempo map with changes, a ramp and other meters is sent as it is"] = function()
  local b = bench(song({ tempo = {
    { time = 0, bpm = 120, num = 4, den = 4 },
    { time = 4, bpm = 90, num = 3, den = 4 },
    { time = 8, bpm = 60, linear = true },
    { time = 12, bpm = 120, num = 6, den = 8 },
  }, tracks = { { name = "Lead", items = { melody(14) } } } }))
  b.press("antiphon_bass.lua")
  local ask = b.ask()
  local meters, tempos = {}, {}
  for _, meta in ipairs(heard(ask.music)[1].metas) do
    if meta[2] == 0x58 then
      table.insert(meters, { meta[1], meta[3]:byte(1), 1 << meta[3]:byte(2) })
    elseif meta[2] == 0x51 then
      table.insert(tempos, { meta[1], math.floor(60e6 / string.unpack(">I3", meta[3]) + 0.5) })
    end
  end
  -- 4 s at 120 are 8 quarters, 4 s at 90 are 6, the ramp of 4 s from 60 to 120 is 6.
  same(meters, { { 0, 4, 4 }, { 8 * 960, 3, 4 }, { 20 * 960, 6, 8 } })
  same(tempos[1], { 0, 120 })
  same(tempos[2], { 8 * 960, 90 })
  same(tempos[3][1], 14 * 960)
  same(tempos[#tempos], { 20 * 960, 120 })
  assert(#tempos == 9, "a ramp is sent quarter by quarter: " .. #tempos)
  same(ask.values.first_measure, "1")
  for step, note in ipairs(heard(ask.music)[2].notes) do same(note[1], (13 + step) * 960) end
end

cases["a measure cut short by a new meter keeps the barlines after it"] = function()
  local b = bench(song({ tempo = {
    { time = 0, bpm = 60, num = 4, den = 4 }, { time = 6, bpm = 60, num = 4, den = 4 },
  }, tracks = { { items = { melody(8) } } } }))
  b.press("antiphon_bass.lua")
  local meters = {}
  for _, meta in ipairs(heard(b.ask().music)[1].metas) do
    if meta[2] == 0x58 then table.insert(meters, meta[1]) end
  end
  same(meters, { 0, 6 * 960 })
end

cases["sixteen measures on both sides go along, and other tracks that sound there"] = function()
  local far = { { 0, 1, 40 }, { 4, 1, 41 }, { 80, 1, 42 }, { 151, 1, 43 }, { 152, 1, 44 } }
  local b = bench({ tracks = {
    { name = "Old drums", items = { { from = 0, to = 160, notes = far } } },
    { name = "Lead", items = { melody(80) } },
    { name = "Silent", mute = true, items = { { from = 80, to = 88, notes = { { 80, 1, 50 } } } } },
    { name = "Elsewhere", items = { { from = 0, to = 4, notes = { { 0, 1, 50 } } } } },
  } })
  b.press("antiphon_drums.lua")
  local ask = b.ask()
  same(ask.values.phrase_start, tostring(16 * 960))
  same(ask.values.first_measure, "5")
  local parts = ask.rows("part")
  same(#parts, 2)
  same(parts[1][6], "Lead")
  same(parts[2], { "2", b.project.track(1).guid, "0", "1", "-1", "Old drums" })
  local pitches = {}
  for _, note in ipairs(heard(ask.music)[3].notes) do
    table.insert(pitches, note[3])
    same(note[5], 9)
  end
  same(pitches, { 42, 43 })
end

cases["items of audio and empty items in the context are passed over"] = function()
  local b = bench({ tracks = { { name = "Lead", items = { melody(0),
    { from = 8, to = 12, midi = false, selected = true }, { from = 12, to = 16, empty = true,
      selected = true } } },
    { name = "Keys", items = { { from = 0, to = 4, midi = false }, { from = 4, to = 6, empty = true },
      { from = 6, to = 8, notes = { { 6, 1, 50 } } } } } } })
  b.press("antiphon_bass.lua")
  local ask = b.ask()
  same(ask.values.region_end, tostring(8 * 960))
  same(#ask.rows("part"), 2)
  b.quiet()
end

cases["continue sends the selected track alone"] = function()
  local b = bench({ tracks = { { name = "Lead", items = { melody(0) } },
    { name = "Piano", items = { melody(0, { selected = false }) } } } })
  b.press("antiphon_continue.lua")
  same(#b.ask().rows("part"), 1)
end

cases["a time selection cuts the span to the tick"] = function()
  local b = bench(song())
  b.project.selection = { 9.25, 13.5 }
  b.press("antiphon_bass.lua")
  local ask = b.ask()
  same(ask.values.region_start, tostring(9.25 * 960 // 1 | 0))
  same(ask.values.region_end, tostring(13.5 * 960 // 1 | 0))
  same(#heard(ask.music)[2].notes, 8)
end

cases["a time selection with a selected track needs no selected item"] = function()
  local b = bench({ tracks = { { name = "A", items = { melody(0, { selected = false }) } },
    { name = "B", selected = true, items = { melody(0, { selected = false }) } } } })
  b.project.selection = { 0, 8 }
  b.press("antiphon_vary.lua")
  local parts = b.ask().rows("part")
  same(parts[1][6], "B")
  same(parts[2][3], "0")
end

cases["what is muted, trimmed away or looped is heard as REAPER plays it"] = function()
  local muted = { 9, 1, 99 }
  muted.muted = true
  local b = bench({ tracks = { { name = "Lead", items = {
    { from = 8, to = 16, selected = true, loop = true, offset = 1, source = 4,
      notes = { { 7, 1, 50 }, { 8, 1, 60 }, muted, { 10, 3, 62 } } },
    { from = 16, to = 18, mute = true, selected = true, notes = { { 16, 1, 70 } } },
  } } } })
  b.press("antiphon_bass.lua")
  local notes = heard(b.ask().music)[2].notes
  local rows = {}
  for _, note in ipairs(notes) do table.insert(rows, { note[1] // 960, note[2] // 960, note[3] }) end
  -- The source lasts four quarters and begins one before the item.
  same(rows, { { 8, 1, 60 }, { 10, 3, 62 }, { 11, 1, 50 }, { 12, 1, 60 }, { 14, 2, 62 },
    { 15, 1, 50 } })
end

cases["program, key, drums and markers are told where REAPER knows them"] = function()
  local b = bench({ markers = {}, tracks = {
    { name = "Strings", items = { melody(0, { programs = { { program = 44 } },
      scale = { root = 7, mask = 0xab5 } }) } },
    { name = "Beat", items = { { from = 0, to = 4, notes = { { 0, 1, 36, 100, 9 } } } } },
    { name = "E Bass", items = { { from = 0, to = 4, notes = { { 0, 1, 30 } } } } },
  } })
  b.project.state.markers = { { qn = 0, name = "Am" }, { qn = 4, name = "F" },
    { qn = 2, name = "Verse", region = true } }
  b.press("antiphon_accompany.lua")
  local ask = b.ask()
  local parts = ask.rows("part")
  same({ parts[1][5], parts[2][4], parts[3][5] }, { "44", "1", "33" })
  local tracks = heard(ask.music)
  same(tracks[2].programs, { 44 })
  local found = {}
  for _, meta in ipairs(tracks[1].metas) do
    if meta[2] == 6 then table.insert(found, meta[1] .. meta[3]) end
    if meta[2] == 0x59 then table.insert(found, "key" .. meta[3]:byte(1) .. meta[3]:byte(2)) end
  end
  same(found, { "key10", "0Am", "3840F" })
end

cases["in the MIDI editor the selected notes name the measures"] = function()
  local item = melody(8)
  item.notes[3].selected, item.notes[4].selected, item.selected = true, true, false
  local b = bench({ tracks = { { name = "Lead", items = { item } } } })
  b.double.editor = b.project.track(1).items[1]
  b.press("antiphon_vary.lua", 32060)
  local ask = b.ask()
  same({ ask.values.region_start, ask.values.region_end }, { tostring(8 * 960), tostring(12 * 960) })
  for _, note in ipairs(b.project.track(1).items[1].take.notes) do note.selected = false end
  b.press("antiphon_bass.lua", 32060)
  local found = b.asked()
  same(found[1].values.region_end, tostring(16 * 960))
end

cases["generate needs no selection and says where the music begins"] = function()
  local b = bench({ tracks = { { name = "Lead" } } })
  b.project.cursor = 5
  b.press("antiphon_generate.lua")
  local ask = b.ask()
  same({ ask.values.region_start, ask.values.region_end }, { tostring(8 * 960), tostring(40 * 960) })
  same(ask.rows("part"), { { "1", "new", "1", "0", "-1", "" } })
  b.quiet()
end

cases["words of an action travel by their names"] = function()
  local b = bench(song())
  b.press("antiphon_harmonize_voices.lua")
  same(b.ask().values["as"], "satb")
  b.double.inputs = " Jazz"
  b.press("antiphon_restyle.lua")
  same(b.ask().values.style, "jazz")
  b.double.inputs = nil
  b.press("antiphon_restyle.lua")
  same(#b.asked(), 0)
end

cases["nothing selected is a sentence and no file"] = function()
  local b = bench({ tracks = { { name = "Lead", items = { melody(0, { selected = false }) } } } })
  b.press("antiphon_bass.lua")
  b.box("Nothing is selected. Nothing was written.")
  same(#b.listed(b.run .. "/inbox", "."), 0)
end

cases["audio selected is another sentence"] = function()
  local b = bench({ tracks = { { items = { { from = 0, to = 4, midi = false, selected = true } } } } })
  b.press("antiphon_bass.lua")
  b.box("hold no MIDI")
end

cases["asking changes nothing in the project"] = function()
  local b = bench(song())
  local before = b.project.text()
  b.press("antiphon_bass.lua")
  b.turns(3)
  same(b.project.text(), before)
  same(#b.project.steps, 1)
  same(next(b.project.ext), nil)
end

cases["a failure at any call while asking changes nothing and is said"] = function()
  local place = 1
  while true do
    local b = bench(song({ tick = 0.7 }))
    local before = b.project.text()
    b.double.fail_after(place)
    -- Where the script itself ends, REAPER says so.
    local went = pcall(b.press, "antiphon_bass.lua")
    local reached = b.double.calls >= b.double.fail_at
    b.double.fail_at = nil
    same(b.project.text(), before)
    same(#b.project.steps, 1)
    local found = b.asked()
    assert(not went or #found == 1 or #b.double.boxes == 1, "call " .. place .. " is silent")
    if #found == 1 then assert(found[1].music and #found[1].rows("part") == 1) end
    if not reached then break end
    place = place + 1
  end
  assert(place > 100, "only " .. place .. " calls")
end

cases["names with tabs, line breaks and letters of every script arrive"] = function()
  local b = bench({ name = "Lied\nzwei.rpp", tracks = { { name = "Güte\t主旋律\\n",
    items = { melody(0) } } } })
  b.press("antiphon_bass.lua")
  local ask = b.ask()
  same(ask.values.title, "Lied\nzwei")
  same(ask.rows("part")[1][6], "Güte 主旋律\\n")
end

cases["a file for the Python reader"] = function(path)
  local b = bench(song({ tempo = { { time = 0, bpm = 100, num = 3, den = 4 },
    { time = 3, bpm = 100, num = 4, den = 4 } } }))
  b.press("antiphon_bass.lua")
  b.write(path, b.ask().music)
end

cases["of a take of ten thousand notes only the context is read"] = function()
  local notes = {}
  for step = 0, 9999 do notes[#notes + 1] = { step / 4, 0.25, 40 + step % 40 } end
  local b = bench({ tracks = { { name = "Long", items = { { from = 0, to = 2500, notes = notes } } },
    { name = "Lead", items = { melody(1200) } } } })
  b.press("antiphon_bass.lua")
  local parts = heard(b.ask().music)
  same(#parts[3].notes, (64 + 8 + 64) * 4)
  local read = b.double.names.MIDI_GetNote
  assert(read < 700, read .. " notes were read")
end

cases["every message has the keys of the contract"] = function(path)
  local b, out = bench(song()), {}
  local function keep(found)
    for _, message in ipairs(found) do out[#out + 1] = b.lines.encode(message.pairs) end
    return found[1]
  end
  b.press("antiphon_loop.lua")
  keep(b.asked())
  b.press("antiphon_harmonize_piano.lua")
  local ask = b.asked()[1]
  out[#out + 1] = b.lines.encode(ask.pairs)
  b.take(ask, { at = 8 * 960, length = 8 * 960, parts = { { notes = { { 0, 960, 36 } } } } })
  b.turns(3)
  keep(b.asked())
  b.press("antiphon_next.lua")
  keep(b.asked())
  b.press("antiphon_cancel.lua")
  keep(b.asked())
  b.write(b.run .. "/do/reaper.do", "antiphon=1\nmessage=do\nwhat=region\n")
  b.turns(5)
  keep(b.asked())
  b.write(path, table.concat(out, "\n"))
end
