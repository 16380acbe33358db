-- Waiting: the service that is not there, deadlines, versions, broken answers.
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

cases["the script ends by itself when the answer is in"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  same(b.double.options, { 3 })
  local ask = b.ask()
  b.turns(5)
  assert(#b.double.waiting == 1, "it does not wait")
  b.take(ask, bass())
  b.turns()
  same(#b.double.waiting, 0)
  same(b.double.hints[#b.double.hints], "")
  same(#b.listed(b.run .. "/outbox", "."), 0)
  local kept = b.asked()
  same({ kept[1].values.message, kept[1].values.id, kept[1].values.number },
    { "kept", ask.values.id, "0" })
end

cases["an older REAPER without action options works the same"] = function()
  local b = bench(song())
  b.double.has_options = false
  b.press("antiphon_bass.lua")
  b.take(b.ask(), bass())
  b.turns()
  same(#b.project.state.tracks, 2)
end

cases["no turn of the loop does more than look"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  b.ask()
  b.turns(1)
  local from = b.double.calls
  local began = os.clock()
  b.turns(100)
  assert((b.double.calls - from) / 100 < 12, "calls a turn: " .. (b.double.calls - from) / 100)
  assert((os.clock() - began) / 100 < 0.005, "a turn is too slow")
end

cases["a service that is not there is started, once, without waiting for it"] = function()
  local b = bench(song({ service = false, launcher = "/opt/a b/antiphon" }))
  b.press("antiphon_bass.lua")
  same(b.double.started, { '"/opt/a b/antiphon" serve' })
  b.turns(200)
  same(#b.double.started, 1)
  b.take(b.ask(), bass())
  b.turns()
  same(#b.project.state.tracks, 2)
  b.quiet()
end

cases["a service that died without a word is started again"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  b.turns(30)
  same(#b.double.started, 0)
  b.turns(60)
  same(#b.double.started, 1)
  b.turns(1500)
  b.box("service is not running")
  same(#b.listed(b.run .. "/inbox", "."), 0)
  same(#b.double.waiting, 0)
end

cases["without a launcher a service that is not there is a sentence"] = function()
  local b = bench(song({ service = false, launcher = "" }))
  b.press("antiphon_bass.lua")
  b.box("Antiphon's service is not running. Nothing was written.")
  same(#b.double.started, 0)
end

cases["a service of another version is a sentence and nothing is sent"] = function()
  local b = bench(song({ protocol = 2 }))
  b.press("antiphon_bass.lua")
  b.box("different versions")
  same(#b.listed(b.run .. "/inbox", "."), 0)
end

cases["a reply of another version is a sentence and nothing is written"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  b.take(b.ask(), bass({ version = 2 }))
  b.turns()
  b.box("different versions")
  same(#b.project.steps, 1)
end

cases["no answer in time is a sentence, and a late one is not read"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  local ask = b.ask()
  b.turns(1500)
  b.box("took too long")
  same(b.asked()[1].values.message, "cancel")
  b.take(ask, bass())
  b.turns()
  same(#b.project.steps, 1)
end

cases["a fault of the service is said in its own words"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  b.reply(b.ask(), { { "antiphon", 1 }, { "message", "fault" }, { "id", "x" },
    { "code", "no-melody" }, { "sentence", "There is nothing to answer.\nReally." },
    { "remedy", "Select more." } })
  b.turns()
  b.box("There is nothing to answer.\nReally.\n\nSelect more.")
end

cases["every sentence is there in Chinese, and is said where the person reads it"] = function()
  local b = bench(song({ language = "zh_CN" }))
  local sentences = dofile(PLUGIN .. "lib/sentences.lua")()
  for code, row in pairs(sentences.en) do
    local other = assert(sentences.zh_CN[code], code)
    same(#other, 2)
    same(row[1]:find("%s", 1, true) ~= nil, other[1]:find("%s", 1, true) ~= nil, code)
  end
  b.project.track(1).items[1].selected = false
  b.press("antiphon_bass.lua")
  b.box("没有选中任何内容")
  b.project.track(1).items[1].selected = true
  for code, words in pairs({ ["no-melody"] = "没有旋律", ["model-failed"] = "It stopped." }) do
    b.press("antiphon_bass.lua")
    b.reply(b.ask(), { { "antiphon", 1 }, { "message", "fault" }, { "id", "x" }, { "code", code },
      { "sentence", "It stopped." }, { "remedy", "Again." } })
    b.turns()
    b.box(words)
  end
end

cases["broken answers are sentences and write nothing"] = function()
  local broken = {
    bass({ at = -1 }), bass({ length = 0 }), bass({ parts = {} }), bass({ at = "x" }),
    bass({ parts = { { notes = { { 0, Q, 128 } } } } }),
    bass({ parts = { { notes = { { 0, Q, 60, 0 } } } } }),
    bass({ parts = { { notes = { { 0, 0, 60 } } } } }),
    bass({ parts = { { notes = { { -5, Q, 60 } } } } }),
    bass({ parts = { { notes = { { 8 * Q, Q, 60 } } } } }),
    bass({ parts = { { notes = { { 0, Q, 60, 90, 16 } } } } }),
    bass({ parts = { { notes = { { 0.5, Q, 60 } } } } }), bass({ title = "" }),
  }
  for index, take in ipairs(broken) do
    local b = bench(song())
    b.press("antiphon_bass.lua")
    b.take(b.ask(), take)
    b.turns()
    assert(#b.double.boxes == 1, "broken take " .. index .. " was accepted")
    b.box("could not be read")
    same(#b.project.steps, 1)
  end
end

cases["cancel calls off and its answer is quiet"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  local ask = b.ask()
  b.press("antiphon_cancel.lua")
  local sent = b.asked()
  same({ sent[1].values.message, sent[1].values.id }, { "cancel", ask.values.id })
  b.take(ask, bass())
  b.turns()
  same(#b.project.steps, 1)
  b.quiet()
  b.press("antiphon_cancel.lua")
  b.box("No request is waiting")
end

cases["progress is shown at the pointer and taken away"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  local ask = b.ask()
  b.write(b.run .. "/outbox/" .. ask.name .. ".progress",
    "antiphon=1\nmessage=progress\nstage=writing\nfraction=0.5\n")
  b.turns(1)
  same(b.double.hints[#b.double.hints], "Antiphon: writing, 50/100")
end

cases["what is worth saying of a take is said with its title"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  b.take(b.ask(), bass({ remarks = { "Rules wrote this.", "It follows the kick." } }))
  b.turns(1)
  same(b.double.hints[#b.double.hints],
    "Antiphon: bass for measures 1–2\nRules wrote this.\nIt follows the kick.\n"
      .. "The new track has no instrument yet: put one on it to hear it.")
  b.quiet()
end

cases["an answer waits until its project is in front again"] = function()
  local one, two = song({ file = "/a.rpp" }), song({ file = "/b.rpp", name = "b.rpp" })
  local b = bench({ projects = { one, two } })
  b.press("antiphon_bass.lua")
  b.take(b.ask(), bass())
  b.double.active = 2
  b.turns(50)
  same(#b.projects[1].steps, 1)
  same(#b.projects[2].steps, 1)
  b.double.active = 1
  b.turns()
  same(#b.projects[1].steps, 2)
  same(#b.projects[2].steps, 1)
  b.quiet()
end

cases["an answer for a project that was closed is dropped"] = function()
  local b = bench({ projects = { song({ file = "/a.rpp" }), song({ file = "/b.rpp" }) } })
  b.press("antiphon_bass.lua")
  b.take(b.ask(), bass())
  table.remove(b.double.projects, 1)
  b.turns()
  same(#b.projects[1].steps, 1)
  same(#b.listed(b.run .. "/outbox", "."), 0)
end

cases["two keys pressed at once both land, in the order of their answers"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  local first = b.ask()
  b.press("antiphon_drums.lua")
  local second = b.ask()
  b.take(second, bass({ parts = { { name = "Drums", drums = true, notes = { { 0, Q, 36, 99, 9 } } } } }))
  b.turns(3)
  b.take(first, bass())
  b.turns()
  local names = {}
  for index, track in ipairs(b.project.state.tracks) do names[index] = track.name end
  same(names, { "Lead", "Bass", "Drums" })
  same(#b.project.steps, 3)
  b.quiet()
end

cases["pressing next twice asks for the take after the one that is waited for"] = function()
  local b = bench(song())
  b.press("antiphon_bass.lua")
  b.take(b.ask(), bass())
  b.turns()
  b.asked()
  b.press("antiphon_next.lua")
  same(b.ask().values.number, "1")
  b.press("antiphon_next.lua")
  local again = b.ask()
  same(again.values.number, "2")
  b.take(again, bass({ number = 2 }))
  b.turns()
  same(#b.project.state.tracks, 2)
  b.quiet()
end
