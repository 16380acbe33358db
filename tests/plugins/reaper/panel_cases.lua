-- The loop that stays, what the panel asks through it, and the first run.
local Q = 960

local function song(values)
  local notes = {}
  for step = 0, 7 do notes[#notes + 1] = { step, 1, 60 + step } end
  local given = { tracks = { { name = "Lead",
    items = { { from = 0, to = 8, notes = notes, selected = true } } } } }
  for key, value in pairs(values or {}) do given[key] = value end
  return given
end

local function bass(values)
  local take = { at = 0, length = 8 * Q, parts = { { notes = { { 0, 8 * Q, 36 } } } } }
  for key, value in pairs(values or {}) do take[key] = value end
  return take
end

cases["the loop that stays greets, lands and does what the panel asks"] = function()
  local b = bench(song())
  b.press("antiphon_loop.lua")
  same(b.asked()[1].values.message, "hello")
  b.turns(3)
  same(#b.asked(), 0)
  b.write(b.run .. "/do/reaper.do", "antiphon=1\nmessage=do\nwhat=bass\nstyle=jazz\n")
  b.turns(10)
  same(b.listed(b.run .. "/do", "."), {})
  local ask = b.ask()
  same({ ask.values.task, ask.values.style }, { "bass", "jazz" })
  b.take(ask, bass())
  b.turns(10)
  same(#b.project.state.tracks, 2)
  same(#b.double.waiting, 1)
  b.turns(150)
  local hello = 0
  for _, message in ipairs(b.asked()) do
    if message.values.message == "hello" then hello = hello + 1 end
  end
  same(hello, 1)
end

cases["with the loop that stays an action does not wait itself"] = function()
  local b = bench(song())
  b.press("antiphon_loop.lua")
  b.asked()
  b.press("antiphon_bass.lua")
  same(#b.double.waiting, 1)
  b.take(b.ask(), bass())
  b.turns(3)
  same(#b.project.state.tracks, 2)
end

cases["the panel is shown the selection and puts a take of its own there"] = function()
  local b = bench(song())
  b.press("antiphon_loop.lua")
  b.asked()
  b.write(b.run .. "/do/reaper.do", "antiphon=1\nmessage=do\nwhat=region\n")
  b.turns(5)
  local region = b.asked()[1]
  same({ region.values.message, region.values.region_end }, { "region", tostring(8 * Q) })
  assert(region.music and #region.rows("part") == 1)
  b.write(b.run .. "/do/reaper.do", "antiphon=1\nmessage=do\nwhat=put\nid=panel-1\nnumber=2\n")
  b.turns(5)
  local again = b.ask()
  same({ again.values.message, again.values.id, again.values.number }, { "again", "panel-1", "2" })
  b.take(again, bass({ number = 2 }))
  b.turns(5)
  same(#b.project.state.tracks, 2)
  b.quiet()
end

cases["commands that nobody knows, and broken ones, do nothing"] = function()
  local b = bench(song())
  b.press("antiphon_loop.lua")
  b.asked()
  for _, text in ipairs({ "", "antiphon=1\nmessage=do\nwhat=os.execute\n", "\0\255", "what=bass\n",
    "antiphon=2\nmessage=do\nwhat=bass\n" }) do
    b.write(b.run .. "/do/reaper.do", text)
    b.turns(5)
    same(b.listed(b.run .. "/do", "."), {})
  end
  same(#b.asked(), 0)
  b.quiet()
end

cases["the service's word that this script is too old is said once"] = function()
  local b = bench(song())
  b.press("antiphon_loop.lua")
  for _ = 1, 3 do
    b.write(b.run .. "/outbox/reaper_hello.0.reply",
      "antiphon=1\nmessage=fault\ncode=other-version\nsentence=Too old.\nremedy=Install.\n")
    b.turns(200)
  end
  b.box("Too old.")
end

cases["open starts the panel"] = function()
  local b = bench(song())
  b.press("antiphon_open.lua")
  same(b.double.started, { '"antiphon" panel' })
end

cases["the first run registers every action in both sections and commits with the last"] = function()
  local b = bench(song())
  local path = WORK .. "/resources/Scripts/__startup.lua"
  os.execute("mkdir -p '" .. WORK .. "/resources/Scripts'")
  b.write(path, "-- the user's own\nprint(1)")
  b.press("antiphon_setup.lua")
  local actions = dofile(PLUGIN .. "lib/actions.lua")
  same(#b.double.scripts, #actions * 2)
  for index, script in ipairs(b.double.scripts) do
    same(script.commit, index == #b.double.scripts)
    same(script.section, index % 2 == 1 and 0 or 32060)
    same(script.add, true)
  end
  b.box("B   Antiphon: Bass")
  local once = b.read(path)
  assert(once:find("the user's own\nprint(1)\n", 1, true) and once:find("NamedCommandLookup", 1, true))
  assert(load(once), "the line is not Lua")
  b.press("antiphon_setup.lua")
  local _, lines = b.read(path):gsub("Antiphon: this line only", "")
  same(lines, 1)
end

cases["every action is in the list, and every one in the list is there"] = function()
  local actions, listed = dofile(PLUGIN .. "lib/actions.lua"), {}
  for _, action in ipairs(actions) do listed[action[1]] = true end
  local b, count = bench(song()), 0
  for _, name in ipairs(b.listed(PLUGIN, "^antiphon_[%w_]+%.lua$")) do
    if name ~= "antiphon_place.lua" and name ~= "antiphon_setup.lua" then
      assert(listed[name], name)
      local text = b.read(PLUGIN .. name)
      for _, tag in ipairs({ "@description Antiphon: ", "@version ", "@author ", "@about " }) do
        assert(text:find(tag, 1, true), name .. " lacks " .. tag)
      end
      count = count + 1
    end
  end
  same(count, #actions)
end

cases["golden replies are read as they were written"] = function(path)
  local b = bench(song())
  b.double.script = PLUGIN .. "antiphon_bass.lua"
  local app = b.app()
  local count = 0
  for block in (b.read(path) .. "\n"):gmatch("(.-)\n\n") do
    local pairs_ = b.lines.decode(block)
    local take = app.waiting.read_take(pairs_)
    assert(take, "not read: " .. block)
    local notes = 0
    for _, part in ipairs(take.parts) do notes = notes + #part.notes end
    same(notes, #b.lines.rows(pairs_, "note"))
    same(#take.chords, #b.lines.rows(pairs_, "chord"))
    count = count + 1
  end
  assert(count >= 5, "only " .. count .. " takes")
end

cases["the panel puts another take of an answer that is not the last"] = function()
  local b = bench(song())
  b.press("antiphon_loop.lua")
  b.asked()
  b.press("antiphon_bass.lua")
  local first = b.ask()
  b.take(first, bass())
  b.turns(3)
  b.press("antiphon_drums.lua")
  b.take(b.ask(), bass({ parts = { { name = "Drums", drums = true, notes = { { 0, Q, 36, 99, 9 } } } } }))
  b.turns(3)
  b.write(b.run .. "/do/reaper.do",
    "antiphon=1\nmessage=do\nwhat=put\nid=" .. first.values.id .. "\nnumber=3\n")
  b.turns(5)
  b.take(b.ask(), bass({ number = 3, parts = { { notes = { { 0, 8 * Q, 40 } } } } }))
  b.turns(3)
  local names = {}
  for index, track in ipairs(b.project.state.tracks) do names[index] = track.name end
  same(names, { "Lead", "Drums", "Bass" })
  same(b.project.heard(3), { { 0, 8, 40, 90, 0 } })
  b.quiet()
end

cases["words with bars in them are still the same question"] = function()
  local b = bench(song())
  b.press("antiphon_loop.lua")
  b.asked()
  local asks = "antiphon=1\nmessage=do\nwhat=bass\nchords=C | Am F | G7\n"
  b.write(b.run .. "/do/reaper.do", asks)
  b.turns(5)
  local ask = b.ask()
  same(ask.values.chords, "C | Am F | G7")
  b.take(ask, bass())
  b.turns(3)
  b.asked()
  b.write(b.run .. "/do/reaper.do", asks)
  b.turns(5)
  same(b.ask().values.message, "again")
end

cases["what is kept stays when another take of it is put"] = function()
  local b = bench(song())
  b.press("antiphon_loop.lua")
  b.asked()
  b.press("antiphon_bass.lua")
  local first = b.ask()
  b.take(first, bass())
  b.turns(3)
  b.press("antiphon_keep.lua")
  b.asked()
  b.write(b.run .. "/do/reaper.do",
    "antiphon=1\nmessage=do\nwhat=put\nid=" .. first.values.id .. "\nnumber=1\n")
  b.turns(5)
  b.take(b.ask(), bass({ number = 1, parts = { { notes = { { 0, 8 * Q, 40 } } } } }))
  b.turns(3)
  same(#b.project.state.tracks, 3)
  b.quiet()
end

cases["the panel's look at nothing selected is quiet"] = function()
  local b = bench(song())
  b.project.track(1).items[1].selected = false
  b.press("antiphon_loop.lua")
  b.asked()
  b.write(b.run .. "/do/reaper.do", "antiphon=1\nmessage=do\nwhat=region\n")
  b.turns(5)
  same(#b.asked(), 0)
  b.quiet()
end
