-- @noindex
-- The run folder: writing whole files by renaming, reading what the service wrote.
return function(app)
  local files = {}

  -- The folders that the service uses where nobody moved them (for ReaPack's copies).
  local function guessed()
    local home = os.getenv("HOME") or os.getenv("USERPROFILE") or ""
    local system = reaper.GetOS()
    if system:match("^Win") then
      return (os.getenv("LOCALAPPDATA") or home .. "/AppData/Local") .. "/antiphon/run"
    elseif system:match("^OSX") or system:match("^macOS") then
      return home .. "/Library/Application Support/antiphon/run"
    end
    local state = os.getenv("XDG_STATE_HOME") or ""
    return (state ~= "" and state or home .. "/.local/state") .. "/antiphon/run"
  end

  local run_folder = app.place.run_folder ~= "" and app.place.run_folder or guessed()

  function files.path(name)
    return run_folder .. "/" .. name
  end

  function files.read(path)
    local stream = io.open(path, "rb")
    if not stream then return nil end
    local text = stream:read("a")
    stream:close()
    return text
  end

  function files.exists(path)
    local stream = io.open(path, "rb")
    if stream then stream:close() end
    return stream ~= nil
  end

  function files.remove(path)
    os.remove(path)
  end

  function files.write(path, text)
    local stream, why = io.open(path, "wb")
    if not stream then error(why, 0) end
    local done, problem = stream:write(text)
    stream:close()
    if not done then error(problem, 0) end
  end

  -- Makes the folders of the exchange; those that exist stay as they are.
  function files.prepare()
    reaper.RecursiveCreateDirectory(files.path("inbox"), 0)
  end

  -- Puts a message into the inbox so that it is never seen half written.
  function files.send(name, pairs_)
    local scratch = files.path("inbox/." .. name .. ".tmp")
    files.write(scratch, app.lines.encode(pairs_))
    local path = files.path("inbox/" .. name .. ".ask")
    -- On Windows a file is not renamed onto another: an unread greeting of the time before.
    os.remove(path)
    local done, why = os.rename(scratch, path)
    if not done then
      os.remove(scratch)
      error(why, 0)
    end
  end

  -- A name for files and requests: no other press of a key has it.
  function files.new_name(kind)
    local count = (tonumber(reaper.GetExtState("Antiphon", "count")) or 0) + 1
    reaper.SetExtState("Antiphon", "count", tostring(math.floor(count)), false)
    local fine = math.floor(reaper.time_precise() * 1000) % 100000000
    -- Where a new table lies in memory differs between two REAPERs of one second.
    local place = tostring({}):match("(%x?%x?%x?%x?%x?%x?)$")
    return string.format("re-%s-%x-%x-%x-%s", kind, os.time(), fine, math.floor(count), place)
  end

  -- Whether a service says that it runs, and the version of its protocol.
  function files.service()
    local text = files.read(files.path("service.json"))
    if not text then return false, nil end
    return true, text:match('"protocol"%s*:%s*(%d+)')
  end

  return files
end
