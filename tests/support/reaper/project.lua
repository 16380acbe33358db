-- A project as REAPER holds one: tracks with items, takes with a resolution and an offset of their
-- own, notes that stay unsorted until they are sorted, and steps that can be undone.
local tempo_of = dofile(HERE .. "tempo.lua")

local function copied(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for key, inner in pairs(value) do out[key] = copied(inner) end
  return out
end

local count = 0
local function guid(kind)
  count = count + 1
  return string.format("{%s-%04d}", kind, count)
end

local function text_of(value)
  if type(value) ~= "table" then return tostring(value) end
  local keys, out = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    out[#out + 1] = tostring(key) .. "=" .. text_of(value[key])
  end
  return "{" .. table.concat(out, ",") .. "}"
end

return function(given)
  local project = { name = given.name or "song.rpp", file = given.file or "/music/song.rpp" }
  project.state = { tracks = {}, markers = given.markers or {} }
  project.ext, project.depth, project.steps, project.cursor = {}, 0, {}, 0
  project.selection = { 0, 0 }
  project.tempo_markers = given.tempo or {}
  project.tempo = tempo_of(project.tempo_markers)

  -- A note of a test: onset and duration in QN, pitch, and if need be velocity and channel.
  function project.take(values)
    local take = {
      guid = guid("TAKE"), name = values.name or "", ppq = values.ppq or 960,
      offset = values.offset or 0, rate = values.rate or 1, midi = values.midi ~= false,
      notes = {}, programs = values.programs or {}, texts = {}, length = values.source,
      scale = values.scale, pool = values.pool,
    }
    return take
  end

  function project.add_item(track, values)
    local first, last = project.tempo.time(values.from), project.tempo.time(values.to)
    local take = project.take(values)
    take.length = take.length or (values.to - values.from + take.offset)
    for _, note in ipairs(values.notes or {}) do
      local zero = values.from - take.offset
      take.notes[#take.notes + 1] = {
        start = math.floor((note[1] - zero) * take.ppq + 0.5),
        stop = math.floor((note[1] + note[2] - zero) * take.ppq + 0.5),
        pitch = note[3], velocity = note[4] or 96, channel = note[5] or 0,
        muted = note.muted or false, selected = note.selected or false,
      }
    end
    table.sort(take.notes, function(a, b)
      if a.start ~= b.start then return a.start < b.start end
      return a.pitch < b.pitch
    end)
    local item = {
      guid = guid("ITEM"), position = first, length = last - first, loop = values.loop and 1 or 0,
      mute = values.mute and 1 or 0, selected = values.selected or false,
      take = not values.empty and take or nil,
    }
    table.insert(track.items, item)
    return item
  end

  function project.add_track(values)
    local track = {
      guid = guid("TRACK"), name = values.name or "", items = {}, colour = 0,
      mute = values.mute and 1 or 0, selected = values.selected or false, depth = values.depth or 0,
    }
    table.insert(project.state.tracks, track)
    for _, item in ipairs(values.items or {}) do project.add_item(track, item) end
    return track
  end

  for _, values in ipairs(given.tracks or {}) do project.add_track(values) end

  -- Everything that undo brings back, as one text.
  function project.text()
    return text_of(project.state)
  end

  function project.push(name)
    project.steps[#project.steps + 1] = { name = name, state = copied(project.state) }
  end

  -- The user's own edit: a function of the tracks, and its step.
  function project.edit(name, work)
    work(project.state.tracks)
    project.push(name)
  end

  function project.undo()
    if #project.steps < 2 then return 0 end
    table.remove(project.steps)
    project.state = copied(project.steps[#project.steps].state)
    return 1
  end

  function project.track(place)
    return project.state.tracks[place]
  end

  -- The notes of a track as { onset, duration, pitch, velocity, channel } in QN, in order.
  function project.heard(place)
    local found = {}
    for _, item in ipairs(project.state.tracks[place].items) do
      local zero = project.tempo.qn(item.position) - (item.take and item.take.offset or 0)
      for _, note in ipairs(item.take and item.take.notes or {}) do
        found[#found + 1] = {
          zero + note.start / item.take.ppq, (note.stop - note.start) / item.take.ppq,
          note.pitch, note.velocity, note.channel,
        }
      end
    end
    table.sort(found, function(a, b)
      if math.abs(a[1] - b[1]) > 1e-6 then return a[1] < b[1] end
      return a[3] < b[3]
    end)
    return found
  end

  project.push("open")
  return project
end
