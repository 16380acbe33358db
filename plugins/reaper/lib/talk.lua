-- @noindex
-- What a person reads: a box for what went wrong, a hint at the pointer for what goes well.
return function(app)
  local talk = {}
  local SECONDS = 4

  local SENTENCES = app.sentences.en
  local CHINESE = app.place.language == "zh_CN" and app.sentences.zh_CN or {}

  -- Says what went wrong, what was not touched, and what to do.
  function talk.say(sentence, remedy)
    pcall(talk.hint, "")
    local text = remedy ~= "" and sentence .. "\n\n" .. remedy or sentence
    reaper.ShowMessageBox(text, "Antiphon", 0)
  end

  -- Says a fault of the service: in the person's language where the sentence has no gaps.
  function talk.answered(values)
    local row = CHINESE[values.code] or { values.sentence or "", values.remedy or "" }
    talk.say(row[1], row[2])
  end

  -- A sentence by its code, in the person's language.
  function talk.words(code)
    return (CHINESE[code] or SENTENCES[code])[1]
  end

  -- Says a fault of this script by its code.
  function talk.fault(code, why)
    if SENTENCES[code] == nil then why, code = why or code, "script-failed" end
    local row = CHINESE[code] or SENTENCES[code]
    -- Where in the script it was helps nobody who reads it.
    why = tostring(why or ""):gsub("^.-:%d+: ", "")
    talk.say((row[1]:gsub("%%s", function() return why end)), row[2])
  end

  -- Shows a few words at the pointer for some seconds; "" takes them away.
  function talk.hint(text)
    local x, y = reaper.GetMousePosition()
    -- REAPER calls this text a format, so it holds no signs that a format would fill.
    reaper.TrackCtl_SetToolTip((text:gsub("%%", "")), x + 16, y + 16, true)
    local until_ = text == "" and 0 or reaper.time_precise() + SECONDS
    reaper.SetExtState("Antiphon", "hint", tostring(until_), false)
  end

  -- A fault where a box would be in the way: its sentence at the pointer.
  function talk.whisper(fault)
    local code = type(fault) == "table" and fault.code or ""
    local row = CHINESE[code] or SENTENCES[code]
    if row then talk.hint("Antiphon: " .. row[1]) end
  end

  -- Takes an old hint away; true while one is shown.
  function talk.fade()
    local until_ = tonumber(reaper.GetExtState("Antiphon", "hint")) or 0
    if until_ == 0 then return false end
    if reaper.time_precise() < until_ then return true end
    talk.hint("")
    return false
  end

  -- Runs a function; an error becomes a sentence. True where it went well.
  function talk.guarded(work, ...)
    local done, why = xpcall(work, function(problem)
      return type(problem) == "table" and problem or tostring(problem)
    end, ...)
    if done then return true end
    if type(why) == "table" and why.sentence then
      talk.say(why.sentence, why.remedy or "")
    elseif type(why) == "table" and why.code then
      talk.fault(why.code)
    else
      talk.fault("script-failed", why)
    end
    return false
  end

  -- Ends the work that goes on with a sentence.
  function talk.stop(code)
    error({ code = code }, 0)
  end

  return talk
end
