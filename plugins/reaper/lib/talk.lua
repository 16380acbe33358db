-- @noindex
-- What a person reads: a box for what went wrong, a hint at the pointer for what goes well.
return function(app)
  local talk = {}
  local SECONDS = 4

  local SENTENCES = {
    ["nothing-selected"] = { "Nothing is selected. Nothing was written.",
      "Select MIDI items, or a time selection and a track, then press the key." },
    ["no-midi"] = { "The selected items hold no MIDI. Nothing was written.",
      "Select MIDI items, then press the key." },
    ["no-answer-yet"] = { "There is no answer in this project yet. Nothing was changed.",
      "Select MIDI items and ask for one first." },
    ["first-take"] = { "This is the first take. Nothing was changed.",
      "Next take asks for another one." },
    ["nothing-asked"] = { "No request is waiting. Nothing was changed.", "" },
    ["region-changed"] = {
      "The music changed while the answer was being written. Nothing was written.",
      "Press the key again." },
    ["answer-changed"] = {
      "The last answer was changed by hand, and Antiphon does not write over it. "
        .. "Nothing was written.",
      "Keep it with Antiphon: Keep, then select the music and ask again." },
    ["track-gone"] = { "The track that the answer was for is gone. Nothing was written.",
      "Select the music and press the key again." },
    ["occupied"] = {
      "There is something where the answer belongs, and Antiphon does not write over it. "
        .. "Nothing was written.",
      "Clear those measures, or select music that is followed by empty ones." },
    ["looped"] = {
      "The item repeats its source, so a note written in it would sound in every repeat. "
        .. "Nothing was written.",
      "Glue the item first (Item, Glue items), then press the key again." },
    ["pooled"] = {
      "The item shares its notes with another one, which would change as well. "
        .. "Nothing was written.",
      "Take it out of the pool first (Item, MIDI, Remove active take from MIDI source data pool), "
        .. "then press the key." },
    ["service-not-running"] = { "Antiphon's service is not running. Nothing was written.",
      "Start it with: antiphon serve; then press the key again." },
    ["deadline-passed"] = { "The answer took too long. Nothing was written.",
      "Press the key again, or ask for fewer measures." },
    ["other-version"] = {
      "Antiphon's service and these scripts are of different versions. Nothing was written.",
      "Close REAPER, run: antiphon install reaper, and open it again." },
    ["bad-answer"] = { "The answer could not be read. Nothing was written.",
      "Press the key again; if it stays so, run: antiphon doctor." },
    ["script-failed"] = {
      "Something in Antiphon's script went wrong (%s). Nothing was written.",
      "Press the key again; if it stays so, run: antiphon install reaper." },
  }

  -- Says what went wrong, what was not touched, and what to do.
  function talk.say(sentence, remedy)
    pcall(talk.hint, "")
    local text = remedy ~= "" and sentence .. "\n\n" .. remedy or sentence
    reaper.ShowMessageBox(text, "Antiphon", 0)
  end

  -- Says a fault of this script by its code.
  function talk.fault(code, why)
    local row = SENTENCES[code] or SENTENCES["script-failed"]
    if SENTENCES[code] == nil then why = why or code end
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
    local row = type(fault) == "table" and SENTENCES[fault.code]
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
