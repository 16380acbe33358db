-- The same scripts with the real service behind its folder: the case only presses keys and turns
-- the loop, as REAPER does thirty times a second.
local function until_(b, what, is_so)
  for _ = 1, 900 do
    if is_so() then return end
    assert(#b.double.boxes == 0, "said: " .. tostring(b.double.boxes[1]))
    b.double.turn()
    os.execute("sleep 0.03")
  end
  error("not in time: " .. what)
end

-- Lets the last hint pass without waiting for it.
local function settle(b)
  b.double.tick = 1
  b.turns()
  b.double.tick = 0.033
  same(#b.double.waiting, 0)
end

local function song(run, launcher)
  local notes, tune = {}, { 60, 64, 67, 64, 65, 69, 67, 65, 64, 67, 72, 67, 65, 62, 60, 60 }
  for step, pitch in ipairs(tune) do notes[step] = { 15 + step, 1, pitch, 80 } end
  return bench({ run = run, launcher = launcher, really = launcher ~= nil, tempo = {
    { time = 0, bpm = 120, num = 4, den = 4 }, { time = 10, bpm = 90 },
  }, tracks = {
    { name = "Lead", items = { { from = 16, to = 32, ppq = 480, offset = 2, notes = notes,
      selected = true } } },
    { name = "Below" },
  } })
end

local function span(b, track)
  local item = b.project.track(track).items[#b.project.track(track).items]
  return { b.project.tempo.qn(item.position), b.project.tempo.qn(item.position + item.length) }
end

cases["bass, next take, previous take and continue with the real service"] = function(run)
  local b = song(run)
  b.press("antiphon_bass.lua")
  until_(b, "a bass", function() return #b.project.state.tracks == 3 end)
  same(span(b, 2), { 16, 32 })
  same(b.project.track(2).name, "Bass")
  local first = b.project.heard(2)
  assert(#first >= 4, "a bass of " .. #first .. " notes")
  for _, note in ipairs(first) do
    assert(note[1] >= 16 and note[1] + note[2] <= 32.001 and note[3] < 60, "not a bass note")
  end
  same(b.project.steps[2].name, "Antiphon: bass for measures 5–8")
  settle(b)

  b.press("antiphon_next.lua")
  until_(b, "the next take", function() return #b.project.steps == 3 end)
  same(#b.project.state.tracks, 3)
  same(#b.project.track(2).items, 1)
  settle(b)

  b.press("antiphon_previous.lua")
  until_(b, "the take before", function() return #b.project.steps == 4 end)
  same(b.project.heard(2), first)
  settle(b)

  b.press("antiphon_continue.lua")
  until_(b, "a continuation", function() return #b.project.steps == 5 end)
  same(#b.project.track(1).items, 2)
  same(span(b, 1), { 32, 48 })
  local found = b.project.heard(1)
  assert(#found > 20, "a continuation of " .. #found - 16 .. " notes")
  for place = 1, 16 do same(found[place][3], ({ 60, 64, 67, 64, 65, 69, 67, 65, 64, 67, 72, 67,
    65, 62, 60, 60 })[place]) end
  for _ = 1, 3 do b.project.undo() end
  same(#b.project.track(1).items, 1)
end

cases["a service that does not run is started by the installed launcher"] = function(run, launcher)
  local b = song(run, launcher)
  b.press("antiphon_bass.lua")
  same(#b.double.started, 1)
  until_(b, "a bass", function() return #b.project.state.tracks == 3 end)
  assert(#b.project.heard(2) >= 4)
end

cases["every action is answered by the real service"] = function(run)
  local grown = { harmonize_chords = 1, harmonize_voices = 3, harmonize_piano = 1, bass = 1,
    drums = 1, accompany = 1, accompany_guitar = 1, arrange = 3, restyle = 4, fill = 0, vary = 0,
    generate = 1 }
  local names = {}
  for name in pairs(grown) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local b = song(run)
    b.double.inputs = "jazz"
    if name == "fill" then b.project.selection = { 20, 24 } end
    if name == "generate" then b.project.track(1).items[1].selected = false end
    b.press("antiphon_" .. name .. ".lua")
    until_(b, name, function() return #b.project.steps == 2 end)
    same(#b.project.state.tracks, 2 + grown[name], name)
    settle(b)
    b.project.undo()
    same(#b.project.state.tracks, 2, name)
    same(#b.project.heard(1), 16, name)
  end
end

cases["a take of the panel's own stands where the selection was"] = function(run)
  local b = song(run)
  b.project.selection = { 20, 24 }
  b.press("antiphon_loop.lua")
  for _ = 1, 600 do
    b.double.turn()
    if #b.project.steps == 2 then break end
    os.execute("sleep 0.03")
  end
  assert(#b.double.boxes == 0, "said: " .. tostring(b.double.boxes[1]))
  same(#b.project.steps, 2)
  same(b.project.steps[2].name, "Antiphon: variation of measure 6")
  same(#b.project.state.tracks, 2)
  local found = b.project.heard(1)
  for place, note in ipairs(found) do
    if note[1] < 20 then same(note[1], 15 + place) end
  end
  same(found[1][3], 60)
  same(found[#found][3], 60)
end

cases["the loop that stays does what the command line asks"] = function(run)
  local b = song(run)
  b.press("antiphon_loop.lua")
  for _ = 1, 600 do
    b.double.turn()
    if #b.project.steps == 2 then break end
    os.execute("sleep 0.03")
  end
  same(#b.project.steps, 2)
  same(b.project.track(2).name, "Drums")
end
