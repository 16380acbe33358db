-- Regions and their notes as they are heard: only what a region shows of its source.
return function(app)
  local music = {}

  -- A MIDI region of any region, nil where it holds audio.
  function music.midi(region)
    local found = region:to_midiregion()
    return not found:isnil() and found or nil
  end

  function music.id(thing)
    return thing:to_stateful():id():to_s()
  end

  -- Whether a region stands in a playlist.
  function music.holds(playlist, region)
    local found = playlist:region_by_id(region:to_stateful():id())
    return found ~= nil and not found:isnil()
  end

  -- Where a region begins and ends, in Ardour's ticks.
  function music.span(region)
    local from = region:position():ticks()
    return from, from + region:length():ticks()
  end

  -- Adds the notes of a region whose onsets lie in [from, to) to `found`, cut at its end.
  function music.add_notes(found, region, from, to)
    local midi = music.midi(region)
    if not midi then return end
    local first, last = music.span(region)
    local shift = first - region:start():ticks()
    local low, high = math.max(first, from), math.min(last, to)
    for note in ARDOUR.LuaAPI.note_list(midi:model()):iter() do
      local onset = app.clock.of_beats(note:time()) + shift
      if onset >= low and onset < high then
        local finish = math.min(onset + app.clock.of_beats(note:length()), last)
        found[#found + 1] = {
          onset = onset, duration = math.max(finish - onset, 2), pitch = note:note(),
          velocity = note:velocity(), channel = note:channel(),
        }
      end
    end
  end

  local function sorted(notes)
    table.sort(notes, function(a, b)
      if a.onset ~= b.onset then return a.onset < b.onset end
      if a.pitch ~= b.pitch then return a.pitch < b.pitch end
      if a.channel ~= b.channel then return a.channel < b.channel end
      if a.duration ~= b.duration then return a.duration < b.duration end
      return a.velocity < b.velocity
    end)
    return notes
  end

  -- The MIDI regions of a playlist that reach into [from, to), in order.
  function music.regions(playlist, from, to)
    local found = {}
    for region in playlist:region_list():iter() do
      local first, last = music.span(region)
      if first < to and last > from and music.midi(region) then found[#found + 1] = region end
    end
    table.sort(found, function(a, b) return a:position():ticks() < b:position():ticks() end)
    return found
  end

  -- The notes of a playlist in [from, to), in order; muted regions are not heard.
  function music.notes(playlist, from, to)
    local found = {}
    for _, region in ipairs(music.regions(playlist, from, to)) do
      if not region:muted() then music.add_notes(found, region, from, to) end
    end
    return sorted(found)
  end

  -- 64 bits of a text, in hexadecimal digits (FNV-1a).
  function music.hash_of(text)
    local hash = -3750763034362895579
    for place = 1, #text do hash = (hash ~ text:byte(place)) * 1099511628211 end
    return string.format("%016x", hash)
  end

  local function told(notes, out)
    for _, note in ipairs(notes) do
      out[#out + 1] = string.format("%d %d %d %d %d", note.onset, note.duration, note.pitch,
        note.velocity, note.channel)
    end
  end

  -- What tells whether a region is as it was: its place, its length and every note.
  function music.fingerprint(region)
    local from, to = music.span(region)
    local notes = {}
    music.add_notes(notes, region, from, to)
    local out = { string.format("%d %d %s", from, to, tostring(region:muted())) }
    told(sorted(notes), out)
    return music.hash_of(table.concat(out, "\n"))
  end

  -- What tells whether a span of some playlists is as it was: their regions and notes there.
  function music.revision(playlists, from, to)
    local out = {}
    for _, playlist in ipairs(playlists) do
      out[#out + 1] = music.id(playlist)
      for _, region in ipairs(music.regions(playlist, from, to)) do
        local first, last = music.span(region)
        out[#out + 1] = string.format("%d %d %s", first, last, tostring(region:muted()))
      end
      told(music.notes(playlist, from, to), out)
    end
    return music.hash_of(table.concat(out, "\n"))
  end

  return music
end
