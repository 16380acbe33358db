-- A project's tempo map: markers of time (s), bpm (quarters a minute), optional num/den (a new
-- meter, which begins a measure there) and linear (the tempo moves evenly to the next marker).
return function(markers)
  local tempo = {}
  local list = {}
  for index, marker in ipairs(markers) do list[index] = marker end
  if #list == 0 or list[1].time > 0 then
    table.insert(list, 1, { time = 0, bpm = 120, num = 4, den = 4 })
  end

  -- Quarters from a marker to `seconds` behind it; with a ramp the mean of the tempos counts.
  local function quarters(index, seconds)
    local marker, after = list[index], list[index + 1]
    if not (marker.linear and after) then return seconds * marker.bpm / 60 end
    local share = seconds / (after.time - marker.time)
    local bpm = marker.bpm + (after.bpm - marker.bpm) * share
    return seconds * (marker.bpm + bpm) / 120
  end

  list[1].qn = 0
  for index = 2, #list do
    list[index].qn = list[index - 1].qn + quarters(index - 1, list[index].time - list[index - 1].time)
  end

  function tempo.qn(time)
    local at = 1
    while list[at + 1] and list[at + 1].time <= time do at = at + 1 end
    return list[at].qn + quarters(at, time - list[at].time)
  end

  function tempo.time(qn)
    local at = 1
    while list[at + 1] and list[at + 1].qn <= qn do at = at + 1 end
    local marker, after = list[at], list[at + 1]
    local behind = qn - marker.qn
    if not (marker.linear and after) then return marker.time + behind * 60 / marker.bpm end
    -- behind = (bpm t + slope t² / 2) / 60, solved for t.
    local slope = (after.bpm - marker.bpm) / (after.time - marker.time)
    if slope == 0 then return marker.time + behind * 60 / marker.bpm end
    local root = math.sqrt(marker.bpm * marker.bpm + 2 * slope * behind * 60)
    return marker.time + (root - marker.bpm) / slope
  end

  local function meters()
    local found = {}
    for _, marker in ipairs(list) do
      if marker.num then
        found[#found + 1] = { qn = marker.qn, num = marker.num, den = marker.den }
      end
    end
    if #found == 0 or found[1].qn > 0 then
      table.insert(found, 1, { qn = 0, num = 4, den = 4 })
    end
    return found
  end

  -- Number (from 0), start, end, num, den of the measure that holds a place.
  function tempo.measure(qn)
    local count = 0
    local all = meters()
    for index, meter in ipairs(all) do
      local length = meter.num * 4 / meter.den
      local stop = all[index + 1] and all[index + 1].qn or math.huge
      if qn < stop or not all[index + 1] then
        local place = math.floor((qn - meter.qn) / length)
        local start = meter.qn + place * length
        return count + place, start, math.min(start + length, stop), meter.num, meter.den
      end
      count = count + math.ceil((stop - meter.qn) / length - 1e-9)
    end
  end

  function tempo.bpm(time)
    local at = 1
    while list[at + 1] and list[at + 1].time <= time do at = at + 1 end
    return list[at].bpm
  end

  return tempo
end
