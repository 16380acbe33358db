-- @noindex
-- Measures, meters and tempos of a project. Quarters (QN) from the project's start are the
-- unit of everything that travels; a tick is 1/960 of one.
return function()
  local clock = { PPQ = 960 }
  local NEAR = 1e-6

  function clock.ticks(qn)
    return math.floor(qn * clock.PPQ + 0.5)
  end

  function clock.qn(ticks)
    return ticks / clock.PPQ
  end

  -- Start and end (QN) of the measure that holds a place; a place just before a barline by
  -- rounding counts as on it.
  function clock.measure(project, qn)
    local _, start, finish = reaper.TimeMap_QNToMeasures(project, qn + NEAR)
    return start, finish
  end

  -- The barline `count` measures before a place, not before the project's start.
  function clock.back(project, qn, count)
    local start = clock.measure(project, qn)
    for _ = 1, count do
      if start <= NEAR then return math.max(start, 0) end
      start = clock.measure(project, start - 0.01)
    end
    return math.max(start, 0)
  end

  -- The barline at or after a place, then `count` measures on.
  function clock.forward(project, qn, count)
    local start, finish = clock.measure(project, qn)
    if math.abs(start - qn) < 1e-4 then finish = start end
    for _ = 1, count do
      local _, after = clock.measure(project, finish)
      finish = after
    end
    return finish
  end

  local function meter_at(project, qn)
    local at = reaper.TimeMap2_QNToTime(project, qn + NEAR)
    local num, den = reaper.TimeMap_GetTimeSigAtTime(project, at)
    return math.floor(num), math.floor(den)
  end

  -- Meters between two places, a row where it changes and after every measure cut short.
  function clock.meters(project, from, to)
    local found, at, broken = {}, from, true
    while at < to - NEAR do
      local start, finish = clock.measure(project, at)
      local num, den = meter_at(project, start)
      local last = found[#found]
      if broken or last.num ~= num or last.den ~= den then
        found[#found + 1] = { tick = clock.ticks(start - from), num = num, den = den }
      end
      broken = math.abs((finish - start) - num * 4 / den) > 1e-4
      if finish <= at then break end
      at = finish
    end
    return found
  end

  -- Quarters a minute from a place on, whatever note the project counts its beats in.
  local function tempo_at(project, qn)
    local step = 1 / 16
    local from = reaper.TimeMap2_QNToTime(project, qn + NEAR)
    local to = reaper.TimeMap2_QNToTime(project, qn + NEAR + step)
    return 60 * step / (to - from)
  end
  clock.tempo_at = tempo_at

  -- Places (QN) between `from` and `to` where the tempo may change: every marker, and every
  -- quarter of a gradual change.
  local function turning_points(project, from, to)
    local found, ramp = { from }, nil
    local count = reaper.CountTempoTimeSigMarkers(project)
    for index = 0, count do
      local at, linear = to, false
      if index < count then
        local _, time, _, _, _, _, _, is_linear = reaper.GetTempoTimeSigMarker(project, index)
        at, linear = reaper.TimeMap2_timeToQN(project, time), is_linear
      end
      if ramp then
        for qn = math.ceil(math.max(ramp, from)), math.floor(math.min(at, to) - NEAR) do
          found[#found + 1] = qn + 0.0
        end
      end
      if at > from and at < to - NEAR then found[#found + 1] = at end
      ramp = linear and at or nil
    end
    table.sort(found)
    return found
  end

  function clock.tempos(project, from, to)
    local found = {}
    for _, qn in ipairs(turning_points(project, from, to)) do
      local bpm, last = tempo_at(project, qn), found[#found]
      local tick = clock.ticks(qn - from)
      if not last or (last.tick ~= tick and math.abs(last.bpm - bpm) > 1e-4) then
        found[#found + 1] = { tick = tick, bpm = bpm }
      end
    end
    return found
  end

  -- Markers (not regions) with a name, between two places.
  function clock.markers(project, from, to)
    local found, index = {}, 0
    while true do
      local more, is_region, at, _, name = reaper.EnumProjectMarkers2(project, index)
      if more == 0 then return found end
      local qn = reaper.TimeMap2_timeToQN(project, at)
      if not is_region and name ~= "" and qn >= from - NEAR and qn < to then
        found[#found + 1] = { tick = clock.ticks(qn - from), text = name }
      end
      index = more
    end
  end

  return clock
end
