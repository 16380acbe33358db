-- Files in the service's folder and in the scripts' own; what is written is never seen half done.
return function(app)
  local files = {}
  local count = 0

  -- A file or folder of the service.
  function files.run(name)
    return app.place.run_folder .. "/" .. name
  end

  -- A file in the scripts' own folder.
  function files.own(name)
    return app.folder .. "/state/" .. name
  end

  -- The contents of a file, nil where there is none.
  function files.read(path)
    local stream = io.open(path, "rb")
    if not stream then return nil end
    local text = stream:read("a")
    stream:close()
    return text
  end

  -- Replaces a file in one step; raises a sentence where that cannot be.
  function files.write(path, text)
    local scratch = path:gsub("[^/]+$", ".%0.tmp")
    local stream, why = io.open(scratch, "wb")
    if not stream then error(why, 0) end
    local fine, problem = stream:write(text)
    fine = stream:close() and fine
    if not fine then
      os.remove(scratch)
      error(problem or (path .. " could not be written"), 0)
    end
    -- Windows does not rename over a file.
    if path:match("^%a:") then os.remove(path) end
    local done, reason = os.rename(scratch, path)
    if not done then
      os.remove(scratch)
      error(reason, 0)
    end
  end

  -- Puts a message in the service's inbox, its music before it.
  function files.send(name, rows, music)
    if music then
      files.write(files.run("inbox/" .. name .. ".mid"), music)
      rows[#rows + 1] = { "music", name .. ".mid" }
    end
    files.write(files.run("inbox/" .. name .. ".ask"), app.lines.text(rows))
  end

  -- A name that no other request has.
  function files.new_name(kind)
    count = count + 1
    local fine = math.floor(ARDOUR.LuaAPI.monotonic_time() % 0x1000000000)
    return string.format("ar-%s-%x-%x-%x", kind, os.time(), fine, count)
  end

  -- The number of the process that serves, nil where none says so.
  function files.service()
    local text = files.read(files.run("service.json"))
    return text and text:match('"pid"%s*:%s*(%d+)')
  end

  -- Starts the service or the panel beside Ardour; false where there is nothing to start.
  -- Ardour's own libraries must not be found by what it starts.
  function files.start(what)
    local launcher = app.place.launcher
    if launcher == "" or not files.read(launcher) then return false end
    if launcher:match("^%a:") then
      os.execute('start "" /b "' .. launcher .. '" ' .. what)
    else
      os.forkexec("/usr/bin/env", "-u", "LD_LIBRARY_PATH", launcher, what)
    end
    return true
  end

  return files
end
