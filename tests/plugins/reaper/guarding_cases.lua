-- What is never overwritten, and what is left where REAPER itself fails in the middle.
dofile((arg[4]:gsub("[^/]*$", "songs.lua")))

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

cases["an item that shares its notes with another is not written into"] = function()
  local b = bench(song({ tracks = { { name = "Lead", items = { melody(8, { pool = "{POOL}" }),
    melody(24, { pool = "{POOL}", selected = false }), melody(40, { selected = false }) } } } }))
  b.project.selection = { 10, 12 }
  refused(b, "antiphon_fill.lua", own_take(b, 10, 2, { { 0, Q, 72 } }), function() end,
    "shares its notes")
  b.project.edit("alone", function(tracks) tracks[1].items[2].take.pool = nil end)
  answered(b, "antiphon_fill.lua", own_take(b, 10, 2, { { 0, Q, 72 } }))
  b.quiet()
  same(#b.project.heard(1), 23)
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
