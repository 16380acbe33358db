-- MIDI tracks: which there are, what they are, and new ones for what has no place yet.
return function(app)
  local tracks = {}
  local DRUMS = { "drum", "perc", "kick", "snare", "cymbal", "hi-hat", "hihat", "beat", "鼓", "打击" }
  -- The first that Ardour has gives a new track a voice: without one it would be silent.
  local VOICES = { "http://gareus.org/oss/lv2/gmsynth", "https://community.ardour.org/node/7596" }

  local function described(route)
    local track = route:to_track()
    return {
      route = route, track = track, playlist = track:playlist(), id = app.music.id(route),
      name = route:name(),
    }
  end

  -- Every MIDI track, in the editor's order.
  function tracks.all()
    local found = {}
    for route in Session:get_tracks():iter() do
      local track = route:to_track()
      if not track:isnil() and not track:to_midi_track():isnil() then
        found[#found + 1] = described(route)
      end
    end
    table.sort(found, function(a, b)
      return a.route:presentation_info_ptr():order() < b.route:presentation_info_ptr():order()
    end)
    return found
  end

  function tracks.by_id(id, all)
    for _, one in ipairs(all or tracks.all()) do
      if one.id == id then return one end
    end
    return nil
  end

  -- Whether a track plays drums: by its name, or because all its notes are on channel 10.
  function tracks.is_drums(name, notes)
    local low = name:lower()
    for _, word in ipairs(DRUMS) do
      if low:find(word, 1, true) then return true end
    end
    for _, note in ipairs(notes) do
      if note.channel ~= 9 then return false end
    end
    return #notes > 0
  end

  -- Whether nothing stands on a track in [from, to).
  function tracks.is_free(one, from, to)
    for region in one.playlist:region_list():iter() do
      local first, last = app.music.span(region)
      if first < to and last > from then return false end
    end
    return true
  end

  -- The track of that name that has room in [from, to), nil where there is none. Undo leaves
  -- a new track behind, empty, and so it is used again.
  function tracks.with_room(name, from, to, used)
    local all, second = tracks.all(), nil
    for _, one in ipairs(all) do
      if not used[one.id] and tracks.is_free(one, from, to) then
        if one.name == name then return one end
        if one.name:match("^(.-) ?%d*$") == name then second = second or one end
      end
    end
    return second
  end

  -- The instrument of a new track.
  function tracks.voice()
    for _, uri in ipairs(VOICES) do
      local info = ARDOUR.LuaAPI.new_plugin_info(uri, ARDOUR.PluginType.LV2)
      if not info:isnil() then return info end
    end
    return ARDOUR.PluginInfo()
  end

  -- The track that was not there when `before` was listed, nil where there is none.
  function tracks.new_since(before)
    local known = {}
    for _, one in ipairs(before) do known[one.id] = true end
    for _, one in ipairs(tracks.all()) do
      if not known[one.id] then return one end
    end
    return nil
  end

  local function is_taken(name)
    for route in Session:get_routes():iter() do
      if route:name() == name then return true end
    end
    return false
  end

  -- Names a new track, colours it and moves it below the track `under`.
  function tracks.introduce(one, name, under)
    local free, count = name, 1
    while is_taken(free) do
      count = count + 1
      free = name .. " " .. count
    end
    one.route:set_name(free)
    one.name = free
    pcall(function()
      one.route:presentation_info_ptr():set_color(0x3d7f9fff)
      -- A track that is given the place of another one comes to stand behind that.
      if under then
        one.route:set_presentation_order(under.route:presentation_info_ptr():order())
      end
    end)
  end

  return tracks
end
