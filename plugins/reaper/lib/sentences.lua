-- @noindex
-- What a person reads: by code, what happened and what was not touched, then what to do.
return function()
  local sentences = {}

  sentences.en = {
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

  -- Said behind an answer on a track that is new.
  sentences.en["no-instrument"] = { "The new track has no instrument yet: put one on it to hear it.",
    "" }

  sentences.zh_CN = {
    ["no-instrument"] = { "新音轨还没有乐器：放上一个才能听到。", "" },
    ["nothing-selected"] = { "没有选中任何内容。什么都没有写入。",
      "请选择 MIDI 对象，或选择时间范围和音轨，再按快捷键。" },
    ["no-midi"] = { "选中的对象里没有 MIDI。什么都没有写入。", "请选择 MIDI 对象，再按快捷键。" },
    ["no-answer-yet"] = { "这个工程里还没有答句。什么都没有改动。", "请先选择 MIDI 对象并请求一个。" },
    ["first-take"] = { "这是第一个版本。什么都没有改动。", "“Next take”会请求另一个。" },
    ["nothing-asked"] = { "没有正在等待的请求。什么都没有改动。", "" },
    ["region-changed"] = { "写作期间音乐有了改动。什么都没有写入。", "请再按一次快捷键。" },
    ["answer-changed"] = { "上一个答句已被手工改动，Antiphon 不会覆盖。什么都没有写入。",
      "请用“Antiphon: Keep”保留它，然后选择音乐重新请求。" },
    ["track-gone"] = { "答句所属的音轨已不存在。什么都没有写入。", "请选择音乐，再按快捷键。" },
    ["occupied"] = { "答句该在的位置已有内容，Antiphon 不会覆盖。什么都没有写入。",
      "请清空这些小节，或选择后面有空小节的音乐。" },
    ["looped"] = { "这个对象循环播放它的源，写入的音会在每次循环中响起。什么都没有写入。",
      "请先粘合对象（Item, Glue items），再按快捷键。" },
    ["pooled"] = { "这个对象与另一个对象共用音符，那一个也会改变。什么都没有写入。",
      "请先让它脱离共用（Item, MIDI, Remove active take from MIDI source data pool），再按快捷键。" },
    ["service-not-running"] = { "Antiphon 的服务没有运行。什么都没有写入。",
      "请用 antiphon serve 启动它，再按快捷键。" },
    ["deadline-passed"] = { "写答句花的时间太长。什么都没有写入。",
      "请再按一次快捷键，或请求较少的小节。" },
    ["other-version"] = { "Antiphon 的服务与这些脚本版本不同。什么都没有写入。",
      "请关闭 REAPER，运行：antiphon install reaper，再重新打开。" },
    ["bad-answer"] = { "无法读取答句。什么都没有写入。",
      "请再按一次快捷键；若仍如此，请运行：antiphon doctor。" },
    ["script-failed"] = { "Antiphon 的脚本出了问题（%s）。什么都没有写入。",
      "请再按一次快捷键；若仍如此，请运行：antiphon install reaper。" },
    -- The service's own, where nothing has to be filled in.
    ["empty-selection"] = { "没有可以续写的内容：选区里没有音。什么都没有写入。",
      "请选择几个有旋律的小节。" },
    ["no-melody"] = { "无从着手：选区里没有旋律。什么都没有写入。", "请选择几个有旋律的小节。" },
    ["busy"] = { "等待的请求太多。什么都没有写入。", "请等一个答句完成，再按快捷键。" },
  }

  return sentences
end
