-- Whether an answer may be written, and where; nothing is changed here.
return function(app)
  local checks = {}

  -- The rows of `placed`: what stands, or stood, in the session for a request.
  -- part number, take number, track id, region id, fingerprint
  function checks.placed_row(place, number, one, region)
    return table.concat({ place, number, one.id, app.music.id(region),
      app.music.fingerprint(region) }, "\t")
  end

  local function region_of(one, id)
    for region in one.playlist:region_list():iter() do
      if app.music.id(region) == id then return region end
    end
    return nil
  end

  -- What stands of a request's answers: { place, number, track, region, is_same }, by place.
  function checks.standing(record)
    local found, all = {}, app.tracks.all()
    for _, row in ipairs(record.placed) do
      local place, number, track_id, region_id, print = table.unpack(app.lines.fields(row))
      local one = app.tracks.by_id(track_id, all)
      local region = one and region_of(one, region_id)
      if region then
        found[tonumber(place)] = {
          number = math.tointeger(tonumber(number)), track = one, region = region,
          is_same = app.music.fingerprint(region) == print,
        }
      end
    end
    return found
  end

  -- The number of the take that stands, or of the last one that was written.
  function checks.standing_number(record)
    local latest
    for _, one in pairs(checks.standing(record)) do latest = math.max(latest or 0, one.number) end
    return latest or math.tointeger(tonumber(record.number)) or 0
  end

  local function chosen(record)
    local all, found = app.tracks.all(), {}
    for _, id in ipairs(record.track) do
      local one = app.tracks.by_id(id, all)
      if not one then app.talk.fail("track-gone") end
      found[#found + 1] = one
    end
    return found
  end

  -- Raises a sentence where what was selected is not as it was.
  function checks.unchanged(record)
    local from, to = math.tointeger(tonumber(record.from)), math.tointeger(tonumber(record.to))
    if #record.track == 0 then return end
    if app.selection.revision(chosen(record), from, to) ~= record.revision then
      app.talk.fail("region-changed")
    end
  end

  local function has_notes(one, from, to)
    return #app.music.notes(one.playlist, from, to) > 0
  end

  -- The regions of a track that reach into a span where an answer replaces them.
  local function replaced(one, from, to)
    return app.music.regions(one.playlist, from, to)
  end

  -- The end of the region that may reach over a barline into the answer's first measure.
  local function place_own(part, take, record)
    local one = app.tracks.by_id(part.into)
    if not one then app.talk.fail("track-gone") end
    local is_over = take.at < tonumber(record.to) and take.finish > tonumber(record.from)
    if is_over then
      return { track = one, removed = replaced(one, take.at, take.finish) }
    end
    if has_notes(one, take.at, take.finish) then app.talk.fail("destination-occupied") end
    return { track = one, removed = {} }
  end

  -- Where every part of a take goes: { track or name, removed }. Raises a sentence where
  -- something stands in the way or was changed by hand.
  function checks.plan(take, record)
    local standing, plans, is_fresh = checks.standing(record), {}, false
    for place, old in pairs(standing) do
      if not old.is_same then app.talk.fail("answer-changed") end
      if not take.parts[place] then
        plans[#plans + 1] = { track = old.track, removed = { old.region } }
      end
    end
    for place, part in ipairs(take.parts) do
      local old, plan = standing[place], nil
      if old then
        plan = { track = old.track, removed = { old.region } }
      elseif part.into ~= "" then
        plan, is_fresh = place_own(part, take, record), true
      else
        plan, is_fresh = { name = part.track_name, removed = {} }, true
      end
      plan.part = part
      plans[#plans + 1] = plan
    end
    if is_fresh and next(standing) == nil then checks.unchanged(record) end
    return plans
  end

  return checks
end
