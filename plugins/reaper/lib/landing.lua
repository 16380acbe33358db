-- @noindex
-- An answer into the project: all of it or nothing, as one named undo step.
--
-- It goes where its request came from. What was read must still be the same, and of an earlier
-- answer only what nobody has touched is replaced.
return function(app)
  local landing = {}
  local UNDONE = "Antiphon: taken back"
  -- Red, green, blue by kind of part.
  local COLOURS = {
    drums = { 196, 98, 74 }, bass = { 84, 108, 166 }, voice = { 118, 150, 92 },
    other = { 150, 112, 164 },
  }

  local function own_tracks(project, record)
    local found = {}
    for index, guid in ipairs(record.tracks) do
      found[index] = app.region.track_named(project, guid)
      if not found[index] then app.talk.stop("track-gone") end
    end
    return found
  end

  -- What still stands of the last answer, or ends with a fault where it was changed by hand.
  -- An answer that was undone is as if it had never been.
  local function standing(project, record)
    local found = {}
    for _, row in ipairs(record.landed) do
      local track = app.region.track_named(project, row.track)
      local item = track and app.items.named(track, row.item)
      if item then
        local from, to = app.clock.qn(row.start), app.clock.qn(row.finish)
        local hash = app.notes.item_hash(project, item, from, to)
        if hash == row.hash then
          found[#found + 1] = { row = row, track = track, item = item, from = from, to = to }
        elseif not (row.kind == "notes" and hash == row.before) then
          app.talk.stop("answer-changed")
        end
      end
    end
    return found
  end

  local function check_source(project, record, tracks, is_standing)
    local now = app.region.hash(project, tracks, app.clock.qn(record.start),
      app.clock.qn(record.finish))
    local after = record.after or record.source
    if now ~= (is_standing and after or record.source) then app.talk.stop("region-changed") end
  end

  -- The channel of the notes that an answer joins, nil where there are none.
  local function channel_near(project, track, record)
    local heard = app.notes.of_track(project, track, app.clock.qn(record.start),
      app.clock.qn(record.finish))
    return heard[1] and math.floor(heard[1].channel) or nil
  end

  -- Ends with a fault where something stands in the way of notes that replace nothing.
  local function check_free(project, track, stretches, still)
    local ours = {}
    for _, entry in ipairs(still) do
      if entry.row.kind == "notes" then ours[entry.row.item] = true end
    end
    for _, stretch in ipairs(stretches) do
      if stretch.item and not ours[app.items.guid(stretch.item)] then
        local heard = app.notes.of_item(project, stretch.item, stretch.start, stretch.finish)
        if #heard > 0 then app.talk.stop("occupied") end
      end
    end
  end

  -- Where each part goes: a track that is there (with its stretches) or a new one.
  local function planned(project, record, reply, tracks, still)
    local gone, made, plan = {}, {}, {}
    for _, entry in ipairs(still) do
      if entry.row.kind == "item" then gone[entry.row.item] = true end
      if entry.row.created then made[entry.row.k] = entry.track end
    end
    for k, part in ipairs(reply.parts) do
      local track = nil
      if part.into ~= "" and part.into ~= "new" then
        track = app.region.track_named(project, part.into)
        if not track then app.talk.stop("track-gone") end
      elseif part.own then
        track = tracks[1]
      end
      track = track or made[k]
      part.from = app.clock.qn(reply.at)
      part.to = app.clock.qn(reply.at + reply.length)
      local step = { k = k, part = part, track = track, created = track == nil or track == made[k] }
      if track then
        step.stretches = app.items.stretches(project, track, part.from, part.to, gone)
        -- Inside what was sent, the notes are those that the answer is to replace.
        local is_inside = reply.at >= record.start and reply.at + reply.length <= record.finish
        if not (part.own and is_inside) then
          check_free(project, track, step.stretches, still)
        end
        for _, stretch in ipairs(step.stretches) do
          if stretch.item then app.items.check_alone(project, stretch.item) end
        end
        if not step.created then part.channel = channel_near(project, track, record) end
      end
      plan[k] = step
    end
    return plan
  end

  local function colour_of(part)
    if part.drums then return COLOURS.drums end
    if part.program >= 32 and part.program <= 39 then return COLOURS.bass end
    if part.program >= 52 and part.program <= 54 then return COLOURS.voice end
    return COLOURS.other
  end

  local function new_track(project, place, part)
    reaper.InsertTrackAtIndex(place, true)
    local track = reaper.GetTrack(project, place)
    if not track then error("a track could not be made", 0) end
    reaper.GetSetMediaTrackInfo_String(track, "P_NAME", part.name, true)
    local red, green, blue = table.unpack(colour_of(part))
    local colour = reaper.ColorToNative(red, green, blue) | 0x1000000
    reaper.SetMediaTrackInfo_Value(track, "I_CUSTOMCOLOR", colour)
    return track
  end

  local function number_of(track)
    return math.floor(reaper.GetMediaTrackInfo_Value(track, "IP_TRACKNUMBER"))
  end

  local function take_out(still)
    for _, entry in ipairs(still) do
      if entry.row.kind == "item" then
        if not reaper.DeleteTrackMediaItem(entry.track, entry.item) then
          error("an item could not be taken away", 0)
        end
      else
        app.items.clear(entry.item, entry.from, entry.to)
      end
    end
  end

  -- Tracks of the last answer that this one does not use, and that hold nothing.
  local function drop_empty(still, plan)
    local used = {}
    for _, step in ipairs(plan) do used[step.track] = true end
    for _, entry in ipairs(still) do
      if entry.row.created and not used[entry.track] then
        used[entry.track] = true
        if reaper.CountTrackMediaItems(entry.track) == 0 then reaper.DeleteTrack(entry.track) end
      end
    end
  end

  local function write(project, record, reply, tracks, still, plan)
    take_out(still)
    local place = reaper.CountTracks(project)
    if #tracks > 0 then place = number_of(tracks[#tracks]) end
    local landed = {}
    for _, step in ipairs(plan) do
      if not step.track then
        step.track = new_track(project, place, step.part)
        step.stretches = { { start = step.part.from, finish = step.part.to } }
      end
      if step.created then place = number_of(step.track) end
      local rows = app.items.write(project, step.track, step.stretches, step.part)
      for _, row in ipairs(rows) do
        row.k, row.created = step.k, step.created
        row.track = reaper.GetTrackGUID(step.track)
        local item = app.items.named(step.track, row.item)
        if step.k == 1 and row.kind == "item" then
          app.items.label(project, item, reply.chords, step.part.from)
        end
        row.hash = app.notes.item_hash(project, item, app.clock.qn(row.start),
          app.clock.qn(row.finish))
        landed[#landed + 1] = row
      end
    end
    drop_empty(still, plan)
    record.landed, record.number = landed, reply.number
    record.at, record.length = reply.at, reply.length
    record.after = app.region.hash(project, tracks, app.clock.qn(record.start),
      app.clock.qn(record.finish))
    app.store.set_answer(project, record)
  end

  -- Tries until it is done, twice: a cleaning up must not fail where it could go through.
  local function surely(work)
    if not pcall(work) then pcall(work) end
  end

  -- Runs `work` inside one undo step; where it fails, everything is as it was before.
  local function as_one_step(project, title, work)
    reaper.Undo_BeginBlock2(project)
    local held = false
    local done, why = pcall(function()
      reaper.PreventUIRefresh(1)
      held = true
      work()
      reaper.PreventUIRefresh(-1)
      held = false
      reaper.Undo_EndBlock2(project, title, -1)
    end)
    if done then return end
    if held then surely(function() reaper.PreventUIRefresh(-1) end) end
    surely(function() reaper.Undo_EndBlock2(project, UNDONE, -1) end)
    surely(function()
      -- An empty step may not have been kept; the user's own last edit stays in any case.
      if reaper.Undo_CanUndo2(project) == UNDONE then reaper.Undo_DoUndo2(project) end
    end)
    error(why, 0)
  end

  -- Puts an answer into the project and gives the record of it. Ends with a fault, and nothing
  -- written, where the music changed, its place is taken, or a call of REAPER fails.
  function landing.land(project, record, reply)
    local tracks = own_tracks(project, record)
    local still = standing(project, record)
    check_source(project, record, tracks, #still > 0)
    local plan = planned(project, record, reply, tracks, still)
    local changed = {}
    for key, value in pairs(record) do changed[key] = value end
    local before = app.store.answer(project)
    local done, why = pcall(as_one_step, project, reply.title, function()
      write(project, changed, reply, tracks, still, plan)
    end)
    if not done then
      -- What a project remembers for scripts may not be part of its undo steps.
      surely(function() app.store.set_answer(project, before) end)
      error(why, 0)
    end
    pcall(reaper.TrackList_AdjustWindows, false)
    pcall(reaper.UpdateArrange)
    return changed
  end

  return landing
end
