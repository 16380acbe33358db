-- Musical time. Ardour counts 1920 ticks a quarter and has no numbers of its own in Lua for
-- many of its times, so they are read from their text; the wire counts 960 a quarter.
return function()
  local clock = { QUARTER = 1920 }

  -- Ticks of Ardour of a Temporal.Beats ("beats:ticks").
  function clock.of_beats(beats)
    local whole, rest = tostring(beats):match("^(-?%d+):(-?%d+)$")
    return math.tointeger(tonumber(whole)) * clock.QUARTER + math.tointeger(tonumber(rest))
  end

  function clock.beats(ticks)
    return Temporal.Beats(ticks // clock.QUARTER, ticks % clock.QUARTER)
  end

  function clock.position(ticks)
    return Temporal.timepos_t.from_ticks(ticks)
  end

  -- Ticks of the wire, the nearest.
  function clock.wire(ticks)
    return (ticks + 1) // 2
  end

  function clock.of_wire(ticks)
    return math.tointeger(tonumber(ticks)) * 2
  end

  -- The number of the bar that holds a time, from 1.
  function clock.bar_at(ticks)
    local map = Temporal.TempoMap.read()
    return math.tointeger(map:bbt_at_beats(clock.beats(ticks)).bars)
  end

  -- Where a bar begins.
  function clock.bar_start(bar)
    local map = Temporal.TempoMap.read()
    return clock.of_beats(map:quarters_at_bbt(Temporal.BBT_TIME(bar, 1, 0)))
  end

  -- The bars that reach into [from, to): start (ticks), top, bottom, tempo (quarters a minute).
  -- Ardour lets nobody list its tempo map, so it is asked at every bar.
  function clock.bars(from, to)
    local map, found = Temporal.TempoMap.read(), {}
    local bar = clock.bar_at(from)
    while #found < 4096 do
      local start = clock.bar_start(bar)
      if start >= to and #found > 0 then return found end
      -- At the very place of a change Ardour 7 still tells what was before it.
      local place = clock.beats(start + 1)
      local meter = map:meter_at_beats(place)
      found[#found + 1] = {
        number = bar,
        start = start,
        top = math.tointeger(meter:divisions_per_bar()),
        bottom = math.tointeger(meter:note_value()),
        tempo = map:tempo_at_beats(place):quarter_notes_per_minute(),
      }
      bar = bar + 1
    end
    return found
  end

  return clock
end
