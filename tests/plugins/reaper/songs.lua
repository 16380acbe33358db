-- Music and answers that several files of cases share.
Q = 960

function melody(from, values)
  local notes = {}
  for step = 0, 7 do notes[#notes + 1] = { from + step, 1, 60 + step, 80 + step } end
  local item = { from = from, to = from + 8, notes = notes, selected = true }
  for key, value in pairs(values or {}) do item[key] = value end
  return item
end

function song(values)
  local given = { tracks = { { name = "Lead", items = { melody(8) } }, { name = "Below" } } }
  for key, value in pairs(values or {}) do given[key] = value end
  return given
end

BASS = { { 0, 2 * Q, 36 }, { 2 * Q, 2 * Q, 43, 70 }, { 4 * Q, 4 * Q, 36 } }

function bass_take(values)
  local take = { at = 8 * Q, length = 8 * Q, parts = { { notes = BASS } } }
  for key, value in pairs(values or {}) do take[key] = value end
  return take
end

-- A take in the selected track itself.
function own_take(b, at, length, notes, values)
  local take = { at = at * Q, length = length * Q, title = "Antiphon: fill for measures 3–4", parts = {
    { own = true, id = b.project.track(1).guid, into = b.project.track(1).guid, name = "Lead",
      notes = notes },
  } }
  for key, value in pairs(values or {}) do take[key] = value end
  return take
end

function answered(b, file, take)
  b.press(file)
  b.take(b.ask(), take)
  b.turns()
end
