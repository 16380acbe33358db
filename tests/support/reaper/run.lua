-- Runs one case of a file of cases: run.lua HERE PLUGIN WORK CASES NAME. `bench(given)` gives a
-- case a REAPER with projects, a way to press keys, and a service that is as quick as the case.
HERE, PLUGIN, WORK = arg[1], arg[2], arg[3]
local new_double = dofile(HERE .. "double.lua")
local new_project = dofile(HERE .. "project.lua")
local lines = dofile(PLUGIN .. "lib/lines.lua")()

local function read(path)
  local stream = io.open(path, "rb")
  if not stream then return nil end
  local text = stream:read("a")
  stream:close()
  return text
end

local function write(path, text)
  local stream = assert(io.open(path, "wb"))
  stream:write(text)
  stream:close()
end

local function listed(folder, pattern)
  local found = {}
  local pipe = io.popen("ls -1 '" .. folder .. "' 2>/dev/null")
  for name in pipe:lines() do
    if name:match(pattern) then found[#found + 1] = name end
  end
  pipe:close()
  return found
end

-- A script's own globals: REAPER gives each script a Lua of its own. Files are opened below the
-- run folder, the scripts and REAPER's own folder only.
local function script_world(double, run_folder, place, sent)
  local world = setmetatable({ reaper = double.reaper }, { __index = _G })
  local function allowed(path)
    for _, root in ipairs({ run_folder, PLUGIN, double.resources }) do
      if root ~= "" and path:sub(1, #root) == root then return end
    end
    error("a script opened " .. path, 0)
  end
  world.io = { open = function(path, mode)
    allowed(path)
    return io.open(path, mode)
  end }
  world.os = { time = os.time, getenv = os.getenv, rename = function(from, to)
    allowed(to)
    sent[#sent + 1] = to:match("inbox/([%w_-]+)%.ask$")
    return os.rename(from, to)
  end, remove = function(path)
    allowed(path)
    return os.remove(path)
  end }
  world.dofile = function(path)
    if path:match("antiphon_place%.lua$") then return place end
    local chunk = assert(loadfile(path, "t", world))
    return chunk()
  end
  return world
end

local made = {}

function bench(given)
  local projects = {}
  for index, values in ipairs(given.projects or { given }) do projects[index] = new_project(values) end
  local run_folder, sent = given.run or WORK .. "/run", {}
  if not made[run_folder] then
    os.execute("mkdir -p '" .. run_folder .. "/inbox' '" .. run_folder .. "/outbox' '"
      .. run_folder .. "/do'")
  end
  made[run_folder], made[run_folder .. "/inbox"] = true, true
  local double = new_double({ projects = projects, resources = WORK .. "/resources",
    tick = given.tick, made = made, really = given.really })
  local self = { double = double, project = projects[1], projects = projects, run = run_folder }
  local place = { run_folder = run_folder, launcher = given.launcher or "antiphon", version = "0",
    language = given.language }
  -- A real service's commands are not ours to take away.
  if not given.run then os.remove(run_folder .. "/do/reaper.do") end
  if given.service == false then
    os.remove(run_folder .. "/service.json")
  elseif not given.run then
    write(run_folder .. "/service.json", '{"protocol": ' .. (given.protocol or 1) .. "}")
  end

  function self.press(file, section)
    double.script, double.section = PLUGIN .. file, section or 0
    local world = script_world(double, run_folder, place, sent)
    local chunk = assert(loadfile(PLUGIN .. file, "t", world))
    chunk()
    double.check_balance()
  end

  -- The scripts' shared files, to ask them something directly.
  function self.app()
    local world = script_world(double, run_folder, place, sent)
    return world.dofile(PLUGIN .. "lib/antiphon.lua")(PLUGIN)
  end

  -- The messages in the inbox, taken out, each with `values`, `rows` and its music.
  function self.asked()
    local found = {}
    for _, name in ipairs(sent) do
      local path = run_folder .. "/inbox/" .. name .. ".ask"
      local music = run_folder .. "/inbox/" .. name .. ".mid"
      local text = read(path)
      if text then
        local pairs_ = lines.decode(text)
        found[#found + 1] = {
          name = name, pairs = pairs_, values = lines.values(pairs_),
          rows = function(key) return lines.rows(pairs_, key) end, music = read(music),
        }
        os.remove(path)
        os.remove(music)
      end
    end
    for place = #sent, 1, -1 do sent[place] = nil end
    return found
  end

  -- The one ask (or again) that was sent; other messages are passed over.
  function self.ask()
    local found = nil
    for _, message in ipairs(self.asked()) do
      if message.values.message == "ask" or message.values.message == "again" then
        assert(not found, "two requests at once")
        found = message
      end
    end
    return assert(found, "nothing was asked: " .. table.concat(double.boxes, " / "))
  end

  function self.reply(ask, pairs_, number)
    local path = run_folder .. "/outbox/" .. ask.name .. "." .. (number or 0) .. ".reply"
    write(path, lines.encode(pairs_))
  end

  -- A take as the service writes it. `parts`: { own, into, drums, program, name, notes in ticks }.
  function self.take(ask, values)
    local pairs_ = { { "antiphon", values.version or 1 }, { "message", "take" },
      { "id", ask.values.id }, { "number", values.number or 0 }, { "takes", 1 }, { "last", 1 },
      { "title", values.title or "Antiphon: bass for measures 1–2" }, { "at", values.at },
      { "length", values.length }, { "tempo", 120 }, { "model", "theory" } }
    for _, remark in ipairs(values.remarks or {}) do pairs_[#pairs_ + 1] = { "remark", remark } end
    for k, part in ipairs(values.parts) do
      pairs_[#pairs_ + 1] = { "part", table.concat({ k, part.id or "antiphon-bass",
        part.own and 1 or 0, part.into or "", part.drums and 1 or 0, part.program or 33,
        part.name or "Bass", "/nowhere.mid" }, "\t") }
    end
    for k, part in ipairs(values.parts) do
      for _, note in ipairs(part.notes) do
        pairs_[#pairs_ + 1] = { "note", table.concat({ k, note[1], note[2], note[3], note[4] or 90,
          note[5] or 0 }, "\t") }
      end
    end
    for _, chord in ipairs(values.chords or {}) do
      pairs_[#pairs_ + 1] = { "chord", chord[1] .. "\t" .. chord[2] }
    end
    self.reply(ask, pairs_)
  end

  -- Turns the loop until nothing is deferred any more, or so many times.
  function self.turns(count)
    for _ = 1, count or 400 do
      if double.turn() == 0 then return end
    end
  end

  function self.box(pattern)
    assert(#double.boxes > 0, "nothing was said")
    local text = table.remove(double.boxes, 1)
    assert(text:find(pattern, 1, true), "said: " .. text)
    assert(#double.boxes == 0, "and said: " .. tostring(double.boxes[1]))
  end

  function self.quiet()
    assert(#double.boxes == 0, "said: " .. tostring(double.boxes[1]))
  end

  self.read, self.write, self.listed, self.lines = read, write, listed, lines
  return self
end

function same(found, wanted, what)
  if type(found) == "table" and type(wanted) == "table" then
    same(#found, #wanted, (what or "") .. " length")
    for key, value in pairs(wanted) do same(found[key], value, (what or "") .. "/" .. key) end
  elseif type(found) == "number" and type(wanted) == "number" then
    assert(math.abs(found - wanted) < 1e-4, (what or "") .. ": " .. found .. ", not " .. wanted)
  else
    assert(found == wanted, (what or "") .. ": " .. tostring(found) .. ", not " .. tostring(wanted))
  end
end

cases = {}
dofile(arg[4])
local case = assert(cases[arg[5]], "no case " .. tostring(arg[5]))
case(table.unpack(arg, 6))
