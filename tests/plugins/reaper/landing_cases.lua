-- What enters REAPER: where an answer goes, and that it is one undo step.
dofile((arg[4]:gsub("[^/]*$", "songs.lua")))

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
