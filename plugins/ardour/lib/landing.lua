-- Writes a take into the session as one undo step.
-- What Ardour 7 needs for that: a MIDI file is imported as a region that is in no playlist, a
-- copy of it is put in place, and the change of each playlist is handed to one undo step.
return function(app)
  local landing = {}

  local function track_name(name)
    if name == "" then name = "Answer" end
    return name:match("^Antiphon") and name or "Antiphon " .. name
  end

  -- A take of the lines of a reply; times in Ardour's ticks.
  function landing.take_of(message)
    local one = message.one
    local take = {
      id = one.id, number = math.tointeger(tonumber(one.number)), title = one.title,
      at = app.clock.of_wire(one.at), is_last = one.last == "1", parts = {},
    }
    take.length = app.clock.of_wire(one.length)
    take.finish = take.at + take.length
    for _, value in ipairs(message.all.part or {}) do
      local field = app.lines.fields(value)
      take.parts[#take.parts + 1] = {
        is_own = field[3] == "1", into = field[4], name = field[7], path = field[8],
        track_name = track_name(field[7]),
      }
    end
    return take
  end

  local function known_regions()
    local seen = {}
    for id in ARDOUR.RegionFactory.regions():iter() do seen[id:to_s()] = true end
    return seen
  end

  -- Imports a file and returns the new region, which stays in no playlist. Every import makes
  -- an undo step of its own that cannot be part of another step: it is undone at once, and our
  -- own step takes its place.
  local function imported(path, how, at, voice)
    local seen, files = known_regions(), C.StringVector()
    files:push_back(path)
    Editor:do_import(files, Editing.ImportDistinctFiles, how,
      ARDOUR.SrcQuality.SrcBest, ARDOUR.MidiTrackNameSource.SMFTrackName,
      ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore, app.clock.position(at),
      voice, ARDOUR.Track(), false)
    for id, region in ARDOUR.RegionFactory.regions():iter() do
      if not seen[id:to_s()] then
        Editor:undo(1)
        return region
      end
    end
    error("the file was not imported", 0)
  end

  -- The answer's file under a name that tells a person what it is: Ardour names sources after it.
  local function named_copy(part, number)
    local label = (part.track_name .. " take " .. number + 1):gsub("[^%w %-]", "")
    local path = app.files.own(label .. ".mid")
    local data = app.files.read(part.path)
    if not data then error("its file is missing", 0) end
    app.files.write(path, data)
    return path
  end

  local function region_name(take, part)
    local what = #take.parts > 1 and part.name or take.title:gsub("^Antiphon: ", "")
    return string.format("%s, take %d", what, take.number + 1)
  end

  -- A region of a part of the answer, and its track: `track`, or a new one below `under`.
  -- A new track comes with the import: so Ardour shows the answer's pitches on it, while
  -- one that is made empty shows an octave that need not hold any of them.
  local function made(take, plan, under)
    local path = named_copy(plan.part, take.number)
    local how = plan.track and Editing.ImportAsRegion or Editing.ImportAsTrack
    local before = app.tracks.all()
    local voice = plan.track and ARDOUR.PluginInfo() or app.tracks.voice()
    local fine, source = pcall(imported, path, how, take.at, voice)
    os.remove(path)
    if not fine then error(source, 0) end
    if not plan.track then
      plan.track = app.tracks.new_since(before) or error("no track was made", 0)
      app.tracks.introduce(plan.track, plan.name, under)
    end
    local region = ARDOUR.RegionFactory.clone_region(source, true, false)
    region:set_name(region_name(take, plan.part))
    region:set_length(Temporal.timecnt_t.from_ticks(take.length))
    return region
  end

  -- The ends of a region that reach over [from, to), as regions of their own.
  local function rests(region, from, to)
    local found = {}
    local first, last = app.music.span(region)
    if first < from then
      local left = ARDOUR.RegionFactory.clone_region(region, true, false)
      left:set_length(Temporal.timecnt_t.from_ticks(from - first))
      found[#found + 1] = { region = left, at = first }
    end
    if last > to then
      local right = ARDOUR.RegionFactory.clone_region(region, true, false)
      right:trim_front(app.clock.position(to))
      found[#found + 1] = { region = right, at = to }
    end
    return found
  end

  local function prepare(take, plans, record)
    local under = app.tracks.by_id(record.track[#record.track] or "")
    local used = {}
    for _, plan in ipairs(plans) do
      plan.added = {}
      for _, region in ipairs(plan.removed) do
        for _, rest in ipairs(rests(region, take.at, take.finish)) do
          plan.added[#plan.added + 1] = rest
        end
      end
      if plan.part then
        if not plan.track then
          plan.track = app.tracks.with_room(plan.name, take.at, take.finish, used)
        end
        plan.main = { region = made(take, plan, under), at = take.at }
        plan.added[#plan.added + 1] = plan.main
        used[plan.track.id] = true
        if plan.part.into == "" then under = plan.track end
      end
    end
  end

  local function by_playlist(plans)
    local groups, order = {}, {}
    for _, plan in ipairs(plans) do
      local group = groups[plan.track.id]
      if not group then
        group = { playlist = plan.track.playlist, removed = {}, added = {} }
        groups[plan.track.id], order[#order + 1] = group, group
      end
      for _, region in ipairs(plan.removed) do table.insert(group.removed, region) end
      for _, one in ipairs(plan.added) do table.insert(group.added, one) end
    end
    return order
  end

  local function ids_of(playlist)
    local found = {}
    for region in playlist:region_list():iter() do found[app.music.id(region)] = true end
    return found
  end

  -- Adds a region; Ardour puts a copy of it in the playlist, which is what stands from now on.
  local function add(playlist, one)
    local before = ids_of(playlist)
    playlist:add_region(one.region, app.clock.position(one.at), 1, false)
    for region in playlist:region_list():iter() do
      if not before[app.music.id(region)] then
        one.region = region
        return
      end
    end
    error("a region was not added", 0)
  end

  local function change(group)
    local playlist = group.playlist
    playlist:to_stateful():clear_changes()
    for _, region in ipairs(group.removed) do playlist:remove_region(region) end
    for _, one in ipairs(group.added) do add(playlist, one) end
    Session:add_stateful_diff_command(playlist:to_statefuldestructible())
  end

  -- Puts a playlist back by hand: a step that failed half way is no step.
  local function restore(group)
    for _, one in ipairs(group.added) do
      if app.music.holds(group.playlist, one.region) then
        group.playlist:remove_region(one.region)
      end
    end
    for _, region in ipairs(group.removed) do
      if not app.music.holds(group.playlist, region) then
        group.playlist:add_region(region, region:position(), 1, false)
      end
    end
  end

  local function written(take, plans)
    local groups = by_playlist(plans)
    Session:begin_reversible_command(take.title)
    local fine, why = pcall(function()
      for _, group in ipairs(groups) do change(group) end
    end)
    if fine then
      Session:commit_reversible_command(nil)
      return
    end
    Session:abort_reversible_command()
    for _, group in ipairs(groups) do pcall(restore, group) end
    app.talk.fail("not-inserted", tostring(why))
  end

  local function selected_regions()
    local found = {}
    for region in Editor:get_selection().regions:regionlist():iter() do
      found[#found + 1] = region
    end
    return found
  end

  -- Selects again what was selected, as far as it is still there; a new track took its place.
  local function select_again(regions)
    local list, count = ArdourUI.SelectionList(), 0
    for _, region in ipairs(regions) do
      local fine = pcall(function() list:push_back(Editor:regionview_from_region(region)) end)
      if fine then count = count + 1 end
    end
    if count > 0 then Editor:set_selection(list, ArdourUI.SelectionOp.Set) end
  end

  -- Writes a take of the request that `record` tells of, all of it or nothing.
  -- Raises a sentence where it may not be written.
  function landing.land(take, record)
    local plans = app.checks.plan(take, record)
    local selected = selected_regions()
    local fine, why = pcall(prepare, take, plans, record)
    if not fine then
      if type(why) == "table" then error(why, 0) end
      app.talk.fail("not-inserted", tostring(why))
    end
    written(take, plans)
    pcall(select_again, selected)
    local place = 0
    for _, plan in ipairs(plans) do
      if plan.part then
        place = place + 1
        table.insert(record.placed,
          app.checks.placed_row(place, take.number, plan.track, plan.main.region))
      end
    end
    record.number, record.later = tostring(take.number), nil
    app.store.set_answered(record)
    app.asking.tell_kept(record.id, take.number)
  end

  return landing
end
