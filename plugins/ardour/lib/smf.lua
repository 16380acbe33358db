-- Writes a Standard MIDI File of type 1 with 960 ticks a quarter (RP-001).
return function()
  local smf = { PPQ = 960 }

  -- A number in groups of seven bits, the highest first.
  local function delta(number)
    local bytes = { number % 128 }
    number = number // 128
    while number > 0 do
      table.insert(bytes, 1, 128 + number % 128)
      number = number // 128
    end
    return string.char(table.unpack(bytes))
  end

  local function meta(kind, data)
    return string.char(255, kind) .. delta(#data) .. data
  end

  -- One track of { tick, rank, bytes }; of one tick the lower rank comes first.
  local function track(events, finish)
    table.sort(events, function(a, b)
      if a[1] ~= b[1] then return a[1] < b[1] end
      if a[2] ~= b[2] then return a[2] < b[2] end
      return a[3] < b[3]
    end)
    local out, now = {}, 0
    for _, event in ipairs(events) do
      out[#out + 1] = delta(event[1] - now) .. event[3]
      now = event[1]
    end
    out[#out + 1] = delta(math.max(finish - now, 0)) .. meta(0x2f, "")
    return "MTrk" .. string.pack(">s4", table.concat(out))
  end

  local function conductor(map)
    local events = { { 0, 0, meta(0x03, map.title) } }
    for _, bar in ipairs(map.bars) do
      if bar.top then
        local power = math.floor(math.log(bar.bottom, 2) + 0.5)
        local data = string.char(bar.top, power, 24, 8)
        events[#events + 1] = { bar.tick, 1, meta(0x58, data) }
      end
      if bar.tempo then
        local micros = math.floor(60000000 / bar.tempo + 0.5)
        micros = math.max(1, math.min(micros, 0xffffff))
        events[#events + 1] = { bar.tick, 2, meta(0x51, string.pack(">I3", micros)) }
      end
    end
    return events
  end

  local function voice(part)
    local events = { { 0, 0, meta(0x03, part.name) } }
    for _, note in ipairs(part.notes) do
      local channel = part.is_drums and 9 or note.channel
      local on = string.char(0x90 + channel, note.pitch, math.max(note.velocity, 1))
      local off = string.char(0x80 + channel, note.pitch, 64)
      events[#events + 1] = { note.onset, 2, on }
      -- Of one tick the end comes first: a repeated note must not be cut by the former one.
      events[#events + 1] = { note.onset + note.duration, 1, off }
    end
    return events
  end

  -- The bytes of a file. `map`: title, finish (ticks) and bars, each with its tick and, where
  -- they change, top and bottom of the meter and the tempo in quarters a minute.
  -- A part: name, is_drums, notes (onset, duration, pitch, velocity, channel from 0).
  function smf.bytes(map, parts)
    local out = { "MThd" .. string.pack(">I4I2I2I2", 6, 1, #parts + 1, smf.PPQ) }
    out[2] = track(conductor(map), map.finish)
    for _, part in ipairs(parts) do out[#out + 1] = track(voice(part), map.finish) end
    return table.concat(out)
  end

  return smf
end
