-- What enters REAPER: where an answer goes, one undo step, and what is never overwritten.
local Q = 960

local function melody(from, values)
  local notes = {}
  for step = 0, 7 do notes[#notes + 1] = { from + step, 1, 60 + step, 80 + step } end
  local item = { from = from, to = from + 8, notes = notes, selected = true }
  for key, value in pairs(values or {}) do item[key] = value end
  return item
end

local function song(values)
  local given = { tracks = { { name = "Lead", items = { melody(8) } }, { name = "Below" } } }
  for key, value in pairs(values or {}) do given[key] = value end
  return given
end

local BASS = { { 0, 2 * Q, 36 }, { 2 * Q, 2 * Q, 43, 70 }, { 4 * Q, 4 * Q, 36 } }

local function bass_take(values)
  local take = { at = 8 * Q, length = 8 * Q, parts = { { notes = BASS } } }
  for key, value in pairs(values or {}) do take[key] = value end
  return take
end

-- A take in the selected track itself.
local function own_take(b, at, length, notes, values)
  local take = { at = at * Q, length = length * Q, title = "Antiphon: fill for measures 3–4", parts = {
    { own = true, id = b.project.track(1).guid, into = b.project.track(1).guid, name = "Lead",
      notes = notes },
  } }
  for key, value in pairs(values or {}) do take[key] = value end
  return take
end

local function answered(b, file, take)
  b.press(file)
  b.take(b.ask(), take)
  b.turns()
end

cases["a bass lands on a new track under the selected one as one undo step"] = function()
  local b = bench(song())
  local before = b.project.text()
  answered(b, "antiphon_bass.lua", bass_take())
  b.quiet()
  same(#b.project.state.tracks, 3)
  local track = b.project.track(2)
  same(track.name, "Bass")
  assert(track.colour & 0x1000000 ~= 0, "no colour")
  same(b.project.track(3).name, "Below")
  same(#track.items, 1)
  local item = track.items[1]
  same({ b.project.tempo.qn(item.position), b.project.tempo.qn(item.position + item.length) },
    { 8, 16 })
  same(item.take.name, "Bass")
  same(b.project.heard(2), { { 8, 2, 36, 90, 0 }, { 10, 2, 43, 70, 0 }, { 12, 4, 36, 90, 0 } })
  same(#b.project.steps, 2)
  same(b.project.steps[2].name, "Antiphon: bass for measures 1–2")
  b.project.undo()
  same(b.project.text(), before)
end

cases["an answer over tempo changes, a ramp and odd meters lies on its quarters"] = function()
  local b = bench(song({ tempo = {
    { time = 0, bpm = 120, num = 4, den = 4 }, { time = 4, bpm = 90, num = 3, den = 4 },
    { time = 8, bpm = 60, linear = true }, { time = 12, bpm = 120, num = 7, den = 8 },
  } }))
  answered(b, "antiphon_bass.lua", bass_take())
  local item = b.project.track(2).items[1]
  same({ b.project.tempo.qn(item.position), b.project.tempo.qn(item.position + item.length) },
    { 8, 16 })
  same(b.project.heard(2), { { 8, 2, 36, 90, 0 }, { 10, 2, 43, 70, 0 }, { 12, 4, 36, 90, 0 } })
end

cases["an item covers exactly the span, also where it begins inside a measure"] = function()
  local b = bench(song())
  b.project.selection = { 9.25, 13.5 }
  answered(b, "antiphon_bass.lua", { at = 8880, length = 4080,
    parts = { { notes = { { 0, 4080, 36 } } } } })
  local item = b.project.track(2).items[1]
  same({ b.project.tempo.qn(item.position), b.project.tempo.qn(item.position + item.length) },
    { 9.25, 13.5 })
end

cases["it lands where the request came from when the selection has moved"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  local ask = b.ask()
  b.project.track(1).items[1].selected = false
  b.project.track(2).selected = true
  b.project.selection = { 40, 44 }
  b.take(ask, bass_take())
  b.turns()
  same(#b.project.heard(2), 3)
  same(b.project.track(2).name, "Bass")
end

cases["several parts land in order, drums and bass each with a colour"] = function()
  local b = bench(song())
  answered(b, "antiphon_arrange.lua", { at = 8 * Q, length = 8 * Q, title = "Antiphon: arrangement",
    parts = {
      { name = "Piano", program = 0, notes = { { 0, Q, 60 } } },
      { name = "Bass", program = 33, notes = BASS },
      { name = "Drums", drums = true, program = 0, notes = { { 0, Q, 36, 100, 9 } } },
    } })
  local names, colours = {}, {}
  for _, track in ipairs(b.project.state.tracks) do
    names[#names + 1], colours[track.colour] = track.name, true
  end
  same(names, { "Lead", "Piano", "Bass", "Drums", "Below" })
  same(b.project.heard(4), { { 8, 1, 36, 100, 9 } })
  same(#b.project.steps, 2)
  colours[0] = nil
  local count = 0
  for _ in pairs(colours) do count = count + 1 end
  same(count, 3)
end

cases["chord symbols stand as text above their notes"] = function()
  local b = bench(song())
  answered(b, "antiphon_harmonize_chords.lua", { at = 8 * Q, length = 8 * Q,
    parts = { { name = "Chords", program = 0, notes = { { 0, 4 * Q, 48 } } } },
    chords = { { 0, "C" }, { 4 * Q, "G7" } } })
  local texts = b.project.track(2).items[1].take.texts
  same({ texts[1].text, texts[1].at, texts[2].text, texts[2].at }, { "C", 0, "G7", 4 * Q })
end

cases["a continuation follows the item on its own track"] = function()
  local b = bench(song())
  answered(b, "antiphon_continue.lua", own_take(b, 16, 4, { { 0, 4 * Q, 72 } }))
  same(#b.project.state.tracks, 2)
  same(#b.project.track(1).items, 2)
  same(b.project.heard(1)[9], { 16, 4, 72, 90, 0 })
end

cases["a continuation inside a longer item is written into it"] = function()
  local b = bench(song({ tracks = { { name = "Lead", items = { melody(8, { to = 24, ppq = 480,
    offset = 2 }) } } } }))
  b.project.selection = { 8, 16 }
  answered(b, "antiphon_continue.lua", own_take(b, 16, 4, { { 0, Q, 72 }, { Q, Q, 74 } }))
  same(#b.project.track(1).items, 1)
  same(b.project.heard(1)[9], { 16, 1, 72, 90, 0 })
  same(b.project.heard(1)[1], { 8, 1, 60, 80, 0 })
end

cases["an item that ends too early is drawn out"] = function()
  local b = bench(song({ tracks = { { name = "Lead", items = { melody(8, { to = 18 }) } } } }))
  b.project.selection = { 8, 16 }
  answered(b, "antiphon_continue.lua", own_take(b, 16, 4, { { 3 * Q, Q, 72 } }))
  local item = b.project.track(1).items[1]
  same(b.project.tempo.qn(item.position + item.length), 20)
  same(b.project.heard(1)[9], { 19, 1, 72, 90, 0 })
end

cases["a fill takes the place of the selected measures only, on the part's channel"] = function()
  local item = melody(8)
  for _, note in ipairs(item.notes) do note[5] = 3 end
  local b = bench(song({ tracks = { { name = "Lead", items = { item } } } }))
  b.project.selection = { 10, 12 }
  answered(b, "antiphon_fill.lua", own_take(b, 10, 2, { { 0, 2 * Q, 50 } }))
  local found = b.project.heard(1)
  same(#found, 7)
  same(found[3], { 10, 2, 50, 90, 3 })
  same(found[2], { 9, 1, 61, 81, 3 })
  same(found[4], { 12, 1, 64, 84, 3 })
end

cases["a fill over a gap between two items writes in both and between"] = function()
  local b = bench(song({ tracks = { { name = "Lead", items = {
    { from = 0, to = 4, selected = true, notes = { { 0, 1, 60 }, { 3, 1, 61 } } },
    { from = 6, to = 10, selected = true, notes = { { 6, 1, 62 }, { 9, 1, 63 } } } } } } }))
  b.project.selection = { 2, 8 }
  answered(b, "antiphon_fill.lua", own_take(b, 2, 6,
    { { 0, Q, 70 }, { 2 * Q, Q, 71 }, { 4 * Q, Q, 72 } }))
  same(#b.project.track(1).items, 3)
  local pitches = {}
  for index, note in ipairs(b.project.heard(1)) do pitches[index] = note[3] end
  same(pitches, { 60, 70, 71, 72, 63 })
end

cases["next take stands in the place of the last, previous brings it back"] = function()
  local b = bench(song())
  answered(b, "antiphon_bass.lua", bass_take())
  b.asked()
  b.press("antiphon_next.lua")
  local again = b.ask()
  same(again.values.message, "again")
  same(again.values.number, "1")
  b.take(again, bass_take({ number = 1, parts = { { notes = { { 0, 8 * Q, 40 } } } } }))
  b.turns()
  b.quiet()
  same(#b.project.state.tracks, 3)
  same(#b.project.track(2).items, 1)
  same(b.project.heard(2), { { 8, 8, 40, 90, 0 } })
  same(#b.project.steps, 3)
  b.asked()
  b.press("antiphon_previous.lua")
  local back = b.ask()
  same(back.values.number, "0")
  b.take(back, bass_take())
  b.turns()
  same(#b.project.heard(2), 3)
  b.asked()
  b.press("antiphon_previous.lua")
  b.box("This is the first take")
end

cases["next take of a fill replaces the fill, and undo goes back step by step"] = function()
  local b = bench(song())
  b.project.selection = { 10, 12 }
  local before = b.project.text()
  answered(b, "antiphon_fill.lua", own_take(b, 10, 2, { { 0, 2 * Q, 50 } }))
  local first = b.project.text()
  b.asked()
  b.press("antiphon_next.lua")
  b.take(b.ask(), own_take(b, 10, 2, { { 0, Q, 51 }, { Q, Q, 52 } }, { number = 1 }))
  b.turns()
  b.quiet()
  same(#b.project.heard(1), 8)
  same(b.project.heard(1)[4], { 11, 1, 52, 90, 0 })
  b.project.undo()
  same(b.project.text(), first)
  b.project.undo()
  same(b.project.text(), before)
end

cases["the same key on the same music is the next take"] = function()
  local b = bench(song())
  answered(b, "antiphon_bass.lua", bass_take())
  b.asked()
  b.press("antiphon_bass.lua")
  same(b.ask().values.message, "again")
  b.press("antiphon_drums.lua")
  same(b.ask().values.task, "drums")
end

cases["next take after undo lands again where the first one was"] = function()
  local b = bench(song())
  answered(b, "antiphon_bass.lua", bass_take())
  b.project.undo()
  b.asked()
  b.press("antiphon_next.lua")
  b.take(b.ask(), bass_take({ number = 1, parts = { { notes = { { 0, 8 * Q, 40 } } } } }))
  b.turns()
  b.quiet()
  same(b.project.heard(2), { { 8, 8, 40, 90, 0 } })
end

cases["next take of fewer parts takes empty tracks away"] = function()
  local b = bench(song())
  local three = { at = 8 * Q, length = 8 * Q, parts = {
    { name = "Piano", notes = { { 0, Q, 60 } } }, { name = "Bass", notes = BASS },
    { name = "Drums", drums = true, notes = { { 0, Q, 36, 100, 9 } } } } }
  answered(b, "antiphon_arrange.lua", three)
  b.asked()
  b.press("antiphon_next.lua")
  three.parts[3], three.number = nil, 1
  b.take(b.ask(), three)
  b.turns()
  local names = {}
  for index, track in ipairs(b.project.state.tracks) do names[index] = track.name end
  same(names, { "Lead", "Piano", "Bass", "Below" })
end

-- Runs `edit` between the question and the answer, and expects a sentence and nothing written.
local function refused(b, file, take, edit, sentence)
  b.press(file)
  local ask = b.ask()
  b.project.edit("by hand", edit)
  local before, steps = b.project.text(), #b.project.steps
  b.take(ask, take)
  b.turns()
  same(b.project.text(), before)
  same(#b.project.steps, steps)
  b.box(sentence)
end

cases["a melody that changed meanwhile is a sentence and nothing is written"] = function()
  local edits = {
    function(tracks) tracks[1].items[1].take.notes[3].pitch = 99 end,
    function(tracks) tracks[1].items[1].take.notes[3].velocity = 1 end,
    function(tracks) table.remove(tracks[1].items[1].take.notes) end,
    function(tracks) tracks[1].items[1].position = 4.25 end,
    function(tracks) tracks[1].items[1].length = 1 end,
    function(tracks) tracks[1].items[1].mute = 1 end,
    function(tracks) tracks[1].items = {} end,
  }
  for _, edit in ipairs(edits) do
    local b = bench(song())
    refused(b, "antiphon_bass.lua", bass_take(), edit, "changed while the answer")
  end
end

cases["a track that is gone is a sentence"] = function()
  local b = bench(song())
  refused(b, "antiphon_bass.lua", bass_take(), function(tracks) table.remove(tracks, 1) end,
    "track that the answer was for is gone")
end

cases["notes where a continuation belongs are never written over"] = function()
  local b = bench(song())
  refused(b, "antiphon_continue.lua", own_take(b, 16, 4, { { 0, Q, 72 } }), function(tracks)
    b.project.add_item(tracks[1], { from = 17, to = 20, notes = { { 18, 1, 40 } } })
  end, "does not write over it")
  b = bench(song())
  refused(b, "antiphon_continue.lua", own_take(b, 16, 4, { { 0, Q, 72 } }), function(tracks)
    b.project.add_item(tracks[1], { from = 17, to = 20, midi = false })
  end, "does not write over it")
end

cases["a looped item is not written into"] = function()
  local b = bench(song({ tracks = { { name = "Lead", items = { melody(8, { to = 24, loop = true,
    source = 8 }) } } } }))
  b.project.selection = { 10, 12 }
  refused(b, "antiphon_fill.lua", own_take(b, 10, 2, { { 0, Q, 72 } }), function() end, "repeats its source")
end

cases["an answer changed by hand is not replaced"] = function()
  local edits = {
    function(tracks) tracks[2].items[1].take.notes[2].pitch = 99 end,
    function(tracks) table.remove(tracks[2].items[1].take.notes) end,
    function(tracks) tracks[2].items[1].position = 5 end,
  }
  for _, edit in ipairs(edits) do
    local b = bench(song())
    answered(b, "antiphon_bass.lua", bass_take())
    b.asked()
    b.press("antiphon_next.lua")
    local again = b.ask()
    b.project.edit("by hand", edit)
    local before = b.project.text()
    b.take(again, bass_take({ number = 1 }))
    b.turns()
    same(b.project.text(), before)
    b.box("changed by hand")
  end
end

cases["after keep the next take has nothing to replace"] = function()
  local b = bench(song())
  answered(b, "antiphon_bass.lua", bass_take())
  b.asked()
  b.press("antiphon_keep.lua")
  same(b.asked()[1].values.message, "kept")
  b.press("antiphon_next.lua")
  b.box("no answer in this project yet")
  same(#b.project.heard(2), 3)
end

-- Every call of REAPER in turn fails, from the moment the answer is there.
local function failing(make, file, take)
  local place, boxes = 1, 0
  while true do
    local b = make()
    b.press(file)
    local ask = b.ask()
    local before, steps, ext = b.project.text(), #b.project.steps, b.project.ext["Antiphon/answer"]
    b.take(ask, take(b))
    b.double.fail_after(place)
    -- Where putting off itself fails, REAPER ends the script.
    pcall(b.turns)
    local reached = b.double.calls >= b.double.fail_at
    b.double.fail_at = nil
    b.turns()
    b.double.check_balance()
    if b.project.text() ~= before then
      -- The failing call came after the step was whole: all of the answer stands.
      same(#b.project.steps, steps + 1, "call " .. place)
      same(#b.project.heard(2), 3)
      local said = b.double.boxes[1] or ""
      assert(not said:find("Nothing was written", 1, true), "call " .. place .. ": " .. said)
    else
      same(b.project.ext["Antiphon/answer"], ext, "call " .. place)
    end
    boxes = boxes + #b.double.boxes
    if not reached then break end
    place = place + 1
  end
  assert(place > 60, "only " .. place .. " calls")
  assert(boxes >= place * 0.6, boxes .. " sentences for " .. place .. " failures")
  print(place .. " failures, " .. boxes .. " sentences")
end

cases["a failure at any call while a bass lands leaves the project as it was"] = function()
  failing(function() return bench(song({ tick = 0.7 })) end, "antiphon_bass.lua", function() return bass_take() end)
end

cases["a failure at any call while the next take lands leaves the take before"] = function()
  local place = 1
  while true do
    local b = bench(song({ tick = 0.7 }))
    answered(b, "antiphon_bass.lua", bass_take())
    b.asked()
    b.press("antiphon_next.lua")
    local again = b.ask()
    local before, ext = b.project.text(), b.project.ext["Antiphon/answer"]
    b.take(again, bass_take({ number = 1, parts = { { notes = { { 0, 8 * Q, 40 } } } } }))
    b.double.fail_after(place)
    -- Where putting off itself fails, REAPER ends the script.
    pcall(b.turns)
    local reached = b.double.calls >= b.double.fail_at
    b.double.fail_at = nil
    b.turns()
    b.double.check_balance()
    if b.project.text() == before then
      same(b.project.ext["Antiphon/answer"], ext, "call " .. place)
    else
      same(b.project.heard(2), { { 8, 8, 40, 90, 0 } }, "call " .. place)
      same(#b.project.steps, 3)
    end
    if not reached then break end
    place = place + 1
  end
  assert(place > 60, "only " .. place .. " calls")
end

cases["a failure at any call while a fill lands leaves the notes that were there"] = function()
  local place = 1
  while true do
    local b = bench(song({ tick = 0.7 }))
    b.project.selection = { 10, 12 }
    b.press("antiphon_fill.lua")
    local ask = b.ask()
    local before = b.project.text()
    b.take(ask, own_take(b, 10, 2, { { 0, 2 * Q, 50 } }))
    b.double.fail_after(place)
    -- Where putting off itself fails, REAPER ends the script.
    pcall(b.turns)
    local reached = b.double.calls >= b.double.fail_at
    b.double.fail_at = nil
    b.turns()
    if b.project.text() ~= before then same(#b.project.heard(1), 7) end
    if not reached then break end
    place = place + 1
  end
  assert(place > 60, "only " .. place .. " calls")
end

cases["a call that only says no leaves the project as it was"] = function()
  local refusals = { MIDI_InsertNote = false, CreateNewMIDIItemInProj = nil, GetTrack = nil,
    MIDI_SetItemExtents = false, DeleteTrackMediaItem = false }
  local makers = {
    function()
      local b = bench(song())
      b.press("antiphon_bass.lua")
      return b, bass_take()
    end,
    function()
      local b = bench(song({ tracks = { { name = "Lead", items = { melody(8, { to = 18 }) } } } }))
      b.project.selection = { 8, 16 }
      b.press("antiphon_continue.lua")
      return b, own_take(b, 16, 4, { { 3 * Q, Q, 72 } })
    end,
    function()
      local b = bench(song())
      answered(b, "antiphon_bass.lua", bass_take())
      b.asked()
      b.press("antiphon_next.lua")
      return b, bass_take({ number = 1 })
    end,
  }
  local refused = 0
  for name in pairs({ MIDI_InsertNote = 1, CreateNewMIDIItemInProj = 1, GetTrack = 1,
    MIDI_SetItemExtents = 1, DeleteTrackMediaItem = 1 }) do
    for _, make in ipairs(makers) do
      local b, take = make()
      local ask = b.ask()
      local before = b.project.text()
      b.double.refuse(name, refusals[name])
      b.take(ask, take)
      b.turns()
      if b.double.refused > 0 then
        refused = refused + 1
        same(b.project.text(), before, name)
        same(#b.double.boxes, 1, name)
      end
    end
  end
  assert(refused >= 8, "only " .. refused .. " refusals")
end

-- One random edit by hand; gives nothing, changes the tracks.
local function random_edit(b, tracks)
  local track = tracks[math.random(#tracks)]
  local item = track.items[math.random(math.max(1, #track.items))]
  local kind = math.random(7)
  if kind == 1 or not item then
    local from = math.random(0, 24)
    b.project.add_item(track, { from = from, to = from + math.random(1, 4),
      notes = { { from, 0.5, math.random(30, 90) } } })
  elseif kind == 2 and #item.take.notes > 0 then
    table.remove(item.take.notes, math.random(#item.take.notes))
  elseif kind == 3 and #item.take.notes > 0 then
    item.take.notes[math.random(#item.take.notes)].pitch = math.random(20, 100)
  elseif kind == 4 then
    item.position = item.position + math.random(-2, 4) / 2
    item.position = math.max(0, item.position)
  elseif kind == 5 then
    b.project.add_track({ name = "New", items = { { from = 4, to = 8, notes = { { 4, 1, 60 } } } } })
  elseif kind == 6 then
    track.name = "Renamed"
  else
    item.selected = not item.selected
  end
end

-- Every note outside the answer as one text, with the item that it stands in.
local function by_hand(b, landed)
  local out = {}
  for _, track in ipairs(b.project.state.tracks) do
    for _, item in ipairs(track.items) do
      if not landed[item.guid] then
        for _, note in ipairs(item.take.notes) do
          out[#out + 1] = table.concat({ track.guid, item.guid, item.position, item.take.offset,
            note.start, note.stop, note.pitch, note.velocity }, " ")
        end
      end
    end
  end
  table.sort(out)
  return table.concat(out, "\n")
end

cases["of two hundred random edits while a request is out none is overwritten"] = function()
  math.randomseed(7)
  local landed, refused = 0, 0
  for round = 1, 200 do
    local b = bench(song({ tick = 0.7 }))
    local file, take
    if round % 2 == 0 then
      file, take = "antiphon_bass.lua", bass_take()
    else
      file, take = "antiphon_continue.lua", own_take(b, 16, 4, { { 0, 4 * Q, 72 } })
    end
    b.press(file)
    local ask = b.ask()
    b.project.edit("by hand", function(tracks)
      for _ = 1, math.random(3) do random_edit(b, tracks) end
    end)
    local known = {}
    for _, track in ipairs(b.project.state.tracks) do
      for _, item in ipairs(track.items) do known[item.guid] = true end
    end
    local before, steps = by_hand(b, {}), #b.project.steps
    b.take(ask, take)
    b.turns()
    local new = {}
    for _, track in ipairs(b.project.state.tracks) do
      for _, item in ipairs(track.items) do
        if not known[item.guid] then new[item.guid] = true end
      end
    end
    if #b.project.steps > steps then
      landed = landed + 1
      local after = by_hand(b, new)
      if next(new) then same(after, before, "round " .. round) end
      for line in before:gmatch("[^\n]+") do assert(after:find(line, 1, true), "round " .. round) end
      b.project.undo()
    else
      refused = refused + 1
      same(#b.double.boxes, 1, "round " .. round)
    end
    same(by_hand(b, {}), before, "round " .. round)
  end
  print(landed .. " landed, " .. refused .. " refused")
  assert(landed > 40 and refused > 40, landed .. " landed, " .. refused .. " refused")
end
