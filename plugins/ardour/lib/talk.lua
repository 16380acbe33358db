-- Sentences: what happened, what was not touched, what to do.
return function()
  local talk = {}
  local KEY = "Press the key again."

  local SAID = {
    ["nothing-selected"] = { "No MIDI region is selected. Nothing was written.",
      "Select one or more MIDI regions, or a range on a MIDI track, then press the key." },
    ["not-midi"] = { "What is selected is no MIDI. Nothing was written.",
      "Select MIDI regions, then press the key." },
    ["too-many-notes"] = { "The selection holds too much for one answer. Nothing was written.",
      "Select a shorter passage." },
    ["nothing-to-repeat"] = { "There is no answer to replace here. Nothing was changed.",
      "Select a MIDI region and ask for something first." },
    ["first-take"] = { "This is the first take already. Nothing was changed.",
      "Next take asks for another one." },
    ["nothing-asked"] = { "Nothing is being written for this session.", "" },
    ["region-changed"] = {
      "The music changed while the answer was being written. Nothing was written.", KEY },
    ["answer-changed"] = {
      "The last answer was changed by hand, and Antiphon does not write over it. "
        .. "Nothing was written.", "Select a MIDI region and ask anew." },
    ["destination-occupied"] = {
      "There is music where the answer belongs, and Antiphon does not write over it. "
        .. "Nothing was written.", "Make room there, then press the key again." },
    ["track-gone"] = { "The track that the answer belongs to is gone. Nothing was written.",
      "Select a MIDI region and ask anew." },
    ["not-inserted"] = { "Ardour did not take the answer: %s. The session is as it was.", KEY },
    ["no-answer"] = { "Antiphon's service does not answer. Nothing was written.",
      "Start it with: antiphon serve; then press the key again." },
    ["no-service"] = { "Antiphon's service is not running, and could not be started. "
      .. "Nothing was written.", "Start it with: antiphon serve; then press the key again." },
    ["not-started"] = { "Antiphon's panel could not be started.", "Start it with: antiphon panel." },
    ["no-session"] = { "No session is open.", "" },
    ["internal"] = { "Something in Antiphon's script went wrong (%s). Nothing was written.",
      "Run: antiphon doctor, and report what it prints." },
  }

  -- Shows a sentence and what to do about it; waits until the person has read it.
  function talk.show(sentence, remedy)
    local text = remedy ~= "" and sentence .. "\n\n" .. remedy or sentence
    LuaDialog.Message("Antiphon", text, LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close):run()
  end

  -- Raises a sentence of this list, which `attempt` shows.
  function talk.fail(code, why)
    local said = SAID[code]
    error({ sentence = why and said[1]:format(why) or said[1], remedy = said[2], code = code }, 0)
  end

  -- Calls a function and shows what it raised: Ardour removes a script that fails.
  function talk.attempt(call, ...)
    local fine, problem = pcall(call, ...)
    if fine then return true end
    if type(problem) ~= "table" then
      local said = SAID.internal
      problem = { sentence = said[1]:format(tostring(problem)), remedy = said[2] }
    end
    pcall(talk.show, problem.sentence, problem.remedy)
    return false
  end

  return talk
end
