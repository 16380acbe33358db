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

  local function voice()
    for _, uri in ipairs(VOICES) do
      local info = ARDOUR.LuaAPI.new_plugin_info(uri, ARDOUR.PluginType.LV2)
      if not info:isnil() then return info end
    end
    return ARDOUR.PluginInfo()
  end

  -- A track of that name with room in [from, to): one that is there, else a new one below
  -- the track `under`. Undo leaves such a track behind, empty, and so it is used again.
  function tracks.with_room(name, from, to, under, used)
    for _, one in ipairs(tracks.all()) do
      local is_ours = one.name == name or one.name:match("^(.-) ?%d*$") == name
      if is_ours and not used[one.id] and tracks.is_free(one, from, to) then return one, false end
    end
    local order = ARDOUR.PresentationInfo.max_order
    if under then order = under.route:presentation_info_ptr():order() + 1 end
    local made = Session:new_midi_track(
      ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1), ARDOUR.ChanCount(ARDOUR.DataType("audio"), 2),
      true, voice(), nil, nil, 1, name, order, ARDOUR.TrackMode.Normal, true, false)
    for route in made:iter() do
      pcall(function() route:presentation_info_ptr():set_color(0x3d7f9fff) end)
      return described(route), true
    end
    app.talk.fail("not-inserted", "no track could be made")
  end

  return tracks
end
