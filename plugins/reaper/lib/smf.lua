-- @noindex
-- Writes Standard MIDI Files of type 1 at 960 ticks a quarter (RP-001).
return function()
  local smf = { PPQ = 960 }

  local function variable(number)
    local out = string.char(number & 0x7f)
    number = number >> 7
    while number > 0 do
      out = string.char(0x80 | (number & 0x7f)) .. out
      number = number >> 7
    end
    return out
  end

  local function meta(kind, data)
    return "\xff" .. string.char(kind) .. variable(#data) .. data
  end

  -- A chunk of events { tick, order, bytes }; those of one tick in the order of `order`.
  local function chunk(events, finish)
    for index, event in ipairs(events) do event[4] = index end
    table.sort(events, function(one, other)
      if one[1] ~= other[1] then return one[1] < other[1] end
      if one[2] ~= other[2] then return one[2] < other[2] end
      return one[4] < other[4]
    end)
    local out, now = {}, 0
    for _, event in ipairs(events) do
      out[#out + 1] = variable(event[1] - now) .. event[3]
      now = event[1]
    end
    out[#out + 1] = variable(math.max(0, finish - now)) .. meta(0x2f, "")
    local data = table.concat(out)
    return "MTrk" .. string.pack(">I4", #data) .. data
  end

  local function map_events(map)
    local events = {}
    local function add(tick, bytes) events[#events + 1] = { tick, 0, bytes } end
    if map.title ~= "" then add(0, meta(0x03, map.title)) end
    for _, meter in ipairs(map.meters) do
      local power, bottom = 0, meter.den
      while bottom > 1 do bottom, power = bottom >> 1, power + 1 end
      add(meter.tick, meta(0x58, string.char(meter.num, power, 24, 8)))
    end
    for _, tempo in ipairs(map.tempos) do
      local micro = math.floor(60000000 / tempo.bpm + 0.5)
      add(tempo.tick, meta(0x51, string.pack(">I3", math.min(math.max(micro, 1), 0xffffff))))
    end
    for _, key in ipairs(map.keys) do
      add(key.tick, meta(0x59, string.char(key.fifths & 0xff, key.minor and 1 or 0)))
    end
    for _, mark in ipairs(map.markers) do add(mark.tick, meta(0x06, mark.text)) end
    return events
  end

  local function part_events(part)
    local events = {}
    local function add(tick, order, bytes) events[#events + 1] = { tick, order, bytes } end
    add(0, 0, meta(0x03, part.name))
    if part.program >= 0 then
      add(0, 1, string.char(0xc0 | part.channel, part.program))
    end
    for _, note in ipairs(part.notes) do
      -- An end before a beginning of the same tick, so that repeated notes stay apart.
      add(note.onset, 3, string.char(0x90 | part.channel, note.pitch, note.velocity))
      add(note.onset + note.duration, 2, string.char(0x80 | part.channel, note.pitch, 64))
    end
    return events
  end

  -- The bytes of a file: `map` holds title, meters, tempos, keys, markers and finish (ticks);
  -- every part name, program (-1 for none), channel and notes (ticks from the start).
  function smf.encode(map, parts)
    local out = { "MThd" .. string.pack(">I4I2I2I2", 6, 1, #parts + 1, smf.PPQ) }
    out[2] = chunk(map_events(map), map.finish)
    for _, part in ipairs(parts) do out[#out + 1] = chunk(part_events(part), map.finish) end
    return table.concat(out)
  end

  return smf
end
