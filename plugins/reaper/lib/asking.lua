-- @noindex
-- Asking: the selection as one MIDI file and a page of lines in the service's inbox.
return function(app)
  local asking = {}
  -- Longer than the service gives itself, so that its own sentence comes first.
  local DEADLINE, A_MEASURE, LATE = 20, 0.25, 15
  -- These answer in the selected track alone, so nothing else is sent.
  local ALONE = { continue = true, generate = true }

  local function head(message, id)
    local project, file = app.region.project()
    return {
      { "antiphon", app.protocol }, { "message", message }, { "id", id },
      { "editor", "REAPER " .. reaper.GetAppVersion():match("^[^/]*") },
      { "document", app.region.document(project, file) },
      { "title", (reaper.GetProjectName(project):gsub("%.[rR][pP][pP]$", "")) },
    }
  end

  -- Has the launcher start the service or the panel, without waiting for it.
  function asking.launch(what)
    local launcher = app.place.launcher
    -- Copies that came by ReaPack know only the name; what an installation left is surer.
    if launcher == "antiphon" and app.files.exists(app.files.path("antiphon")) then
      launcher = app.files.path("antiphon")
    end
    if launcher == "" then app.talk.stop("service-not-running") end
    reaper.ExecProcess('"' .. launcher .. '" ' .. what, -1)
  end

  -- Refuses a service of another protocol; true if it has to be started first.
  local function check_service()
    local runs, protocol = app.files.service()
    if runs and protocol and protocol ~= app.protocol then app.talk.stop("other-version") end
    return not runs
  end

  -- Starts the service for a request that nobody takes; once only.
  function asking.wake(record)
    record.started = "1"
    asking.launch("serve")
  end

  local function send(record, pairs_)
    local is_absent = check_service()
    if is_absent then asking.launch("serve") end
    record.started = is_absent and "1" or "0"
    app.files.prepare()
    app.files.send(record.name, pairs_)
    record.asked = reaper.time_precise()
    record.next = 0
    app.store.wait(record)
  end

  local function span_pairs(pairs_, found, record, parts)
    local function add(key, value) pairs_[#pairs_ + 1] = { key, value } end
    add("music", record.name .. ".mid")
    add("phrase_start", app.clock.ticks(found.from))
    add("region_start", record.start)
    add("region_end", record.finish)
    add("revision", record.source)
    local project = app.region.project()
    local at = reaper.TimeMap2_QNToTime(project, found.from + 1e-6)
    local _, measure = reaper.TimeMap2_timeToBeats(project, at)
    add("first_measure", math.floor(measure) + 1)
    for index, part in ipairs(parts) do
      add("part", table.concat({ index, part.id, part.selected and 1 or 0, part.drums and 1 or 0,
        part.program, (part.name:gsub("\t", " ")) }, "\t"))
    end
  end

  -- Writes the music and gives the record of a span of the project.
  local function sent_span(project, found, name, with_others)
    local map, parts = app.region.heard(project, found, with_others)
    local record = {
      name = name, project = tostring(project), number = 0, landed = {}, tracks = {},
      start = app.clock.ticks(found.start), finish = app.clock.ticks(found.finish),
      source = app.region.hash(project, found.tracks, found.start, found.finish),
    }
    for index, track in ipairs(found.tracks) do record.tracks[index] = reaper.GetTrackGUID(track) end
    if #parts == 0 then
      -- Music from nothing, for a track that is made when it comes.
      parts[1] = { id = "new", name = "", notes = {}, selected = true, drums = false,
        program = -1, channel = 0 }
    end
    for _, part in ipairs(parts) do
      if part.drums then part.channel = 9 end
    end
    app.files.prepare()
    app.files.write(app.files.path("inbox/" .. name .. ".mid"), app.smf.encode(map, parts))
    return record, parts
  end

  local function measures_between(project, from, to)
    local count, at = 0, from
    while at < to - 1e-4 and count < 512 do
      local _, finish = app.clock.measure(project, at)
      at, count = finish, count + 1
    end
    return count
  end

  -- Asks a task of what is selected; `words` are further arguments by name.
  function asking.ask(task, words, section)
    local project = app.region.project()
    local found, fault = app.region.selected(project, section, task)
    if not found then app.talk.stop(fault) end
    check_service()
    local name = app.files.new_name("ask")
    local record, parts = sent_span(project, found, name, not ALONE[task])
    record.id, record.kind, record.task = name, "ask", task
    record.number = math.tointeger(tonumber(words.first_take or "0")) or 0
    local measures = tonumber(words.measures or "0") + measures_between(project, found.start,
      found.finish)
    record.deadline = DEADLINE + LATE + A_MEASURE * measures * (tonumber(words.takes or "1") or 1)
    record.words = app.asking.worded(words)
    local pairs_ = head("ask", name)
    pairs_[#pairs_ + 1] = { "task", task }
    for _, key in ipairs(app.asking.names(words)) do
      pairs_[#pairs_ + 1] = { key, words[key] }
    end
    span_pairs(pairs_, found, record, parts)
    send(record, pairs_)
    app.talk.hint("Antiphon: " .. task .. "…")
  end

  -- The names of some words in a fixed order.
  function asking.names(words)
    local names = {}
    for name in pairs(words) do names[#names + 1] = name end
    table.sort(names)
    return names
  end

  -- Words as one text, to tell whether the same was asked before.
  function asking.worded(words)
    local out = {}
    for index, name in ipairs(asking.names(words)) do out[index] = name .. ":" .. words[name] end
    -- In a record the bar parts lines.
    return (table.concat(out, ","):gsub("|", "/"))
  end

  -- Asks for another take of an answered request; `record` says where it belongs.
  function asking.again(project, record, number)
    local name = app.files.new_name("again")
    local fresh = {}
    for key, value in pairs(record) do fresh[key] = value end
    fresh.name, fresh.kind, fresh.number = name, "again", number
    fresh.project = tostring(project)
    fresh.deadline = (record.deadline or 60) + LATE
    local pairs_ = head("again", record.id)
    pairs_[#pairs_ + 1] = { "number", number }
    send(fresh, pairs_)
    app.talk.hint("Antiphon: take " .. number + 1 .. "…")
  end

  -- Sends what is selected to the panel, without asking for anything.
  function asking.show_region(section)
    local project = app.region.project()
    local found, fault = app.region.selected(project, section, "region")
    if not found then app.talk.stop(fault) end
    local name = app.files.new_name("region")
    local record, parts = sent_span(project, found, name, true)
    record.id, record.kind, record.task = name, "region", "region"
    local pairs_ = head("region", name)
    span_pairs(pairs_, found, record, parts)
    app.files.send(name, pairs_)
    app.store.set_region(record)
  end

  -- Tells that an answer stands in the project. What is said back to it is not needed.
  function asking.tell_kept(id, number)
    if not app.files.service() then return end
    app.files.prepare()
    app.files.remove(app.files.path("outbox/reaper_kept.0.reply"))
    local pairs_ = head("kept", id)
    pairs_[#pairs_ + 1] = { "number", number }
    app.files.send("reaper_kept", pairs_)
  end

  function asking.tell_cancelled(id)
    if not app.files.service() then return end
    app.files.prepare()
    app.files.send(app.files.new_name("cancel"), head("cancel", id))
  end

  -- Says that this REAPER is here; the file of the time before is replaced.
  function asking.hello()
    if not app.files.service() then return end
    app.files.prepare()
    app.files.send("reaper_hello", head("hello", "reaper_hello"))
  end

  return asking
end
