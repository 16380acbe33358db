"""The panel in 简体中文; musical terms as Chinese textbooks of harmony and DAWs have them."""

from antiphon.ui.language.chinese_controls import CONTROL_WORDS

WORDS: dict[str, str] = {
    **CONTROL_WORDS,
    # Music.
    "Music": "音乐",
    "Demo": "示例",
    "File": "文件",
    "Editor": "编辑器",
    "No music yet": "还没有音乐",
    "Untitled": "未命名",
    "Select some measures in your editor, drop a MIDI, MusicXML or ABC file here, "
    "or let something new be written from nothing.":
        "在编辑器中选择几个小节，把 MIDI、MusicXML 或 ABC 文件拖到这里，或从零生成新的音乐。",
    "Try the demo phrase": "试试示例乐句",
    "Open a file…": "打开文件…",
    "Open another file": "打开另一个文件",
    "Open the file again": "重新打开文件",
    "Begin with nothing": "从零开始",
    "Take what the editor has selected": "取编辑器中的选区",
    "Take the selection again": "重新取选区",
    "Part": "声部",
    "Unnamed part": "未命名声部",
    "measures": "小节",
    "First measure": "起始小节",
    "Last measure": "结束小节",
    "measure {number}": "第 {number} 小节",
    "measures {first}–{last}": "第 {first}–{last} 小节",
    ", ": "，",
    "{tonic} major": "{tonic} 大调",
    "{tonic} minor": "{tonic} 小调",
    "{tonic} dorian": "{tonic} 多利亚调式",
    "{tonic} phrygian": "{tonic} 弗里几亚调式",
    "{tonic} lydian": "{tonic} 利底亚调式",
    "{tonic} mixolydian": "{tonic} 混合利底亚调式",
    "{tonic} locrian": "{tonic} 洛克里亚调式",
    "Your music": "你的音乐",
    "New music": "新音乐",
    # Takes.
    "Takes": "版本",
    "Take {number}": "版本 {number}",
    "Takes: {count}": "版本：{count}",
    "Combination {number}": "组合 {number}",
    "Both": "两者",
    "Score": "乐谱",
    "Roll": "卷帘",
    "Show takes as": "版本显示为",
    "Score and piano roll": "乐谱和钢琴卷帘",
    "Score only": "只看乐谱",
    "Piano roll only": "只看钢琴卷帘",
    "Score of {name}": "{name}的乐谱",
    "Piano roll of {name}": "{name}的钢琴卷帘",
    "Your takes will stand here": "你的版本会出现在这里",
    "1  Select a phrase in your editor, open a file, or take the demo.":
        "1  在编辑器中选择一个乐句、打开文件，或使用示例。",
    "2  Choose a task and say how it should sound.": "2  选择任务，说明想要怎样的声音。",
    "3  Ask. The takes appear here, to hear, compare and keep.":
        "3  点“请求”。版本会出现在这里，可以试听、比较、保留。",
    "Ctrl+Return asks · 1 to 9 choose a take · Space plays · C compares":
        "Ctrl+Return 请求 · 1 到 9 选择版本 · 空格播放 · C 比较",
    "Still to come: {count}": "还有 {count} 个",
    "Stopped. What was there is kept.": "已停止。已有的版本保留。",
    "Put in the editor": "放进编辑器",
    "{name} is on its way into your editor.": "{name}正在放进编辑器。",
    "A combination can be saved or dragged into your editor.":
        "组合的版本可以保存，或拖进编辑器。",
    "More like this": "更多类似的",
    "Ask {measures} again": "重写第 {measures} 小节",
    "Ask the chosen measures again": "重写选中的小节",
    "Click the measures of the take that you want anew, then ask.":
        "点击版本中想要重写的小节，然后请求。",
    "Ask all but the locked notes again": "除锁定的音外全部重写",
    "Lock measures by clicking them": "点击小节来锁定",
    "Written by {model}": "由 {model} 写成",
    "Seed {seed}, take {number}": "种子 {seed}，版本 {number}",
    "Weights {hash}": "权重 {hash}",
    "Learned from {sources}": "学习来源：{sources}",
    "Longest run shared: {run} notes, with {name}": "最长的相同片段：{run} 个音，与 {name}",
    "Combine": "组合",
    "Combine…": "组合…",
    "Combine two takes…": "组合两个版本…",
    "Choose for each measure which take it comes from.": "为每个小节选择取自哪个版本。",
    "Measure {number} from {name}": "第 {number} 小节取自{name}",
    "Measures {measures} are from {name}.": "第 {measures} 小节取自{name}。",
    "Save…": "保存…",
    "Save a copy…": "保存副本…",
    "Save the take…": "保存版本…",
    "Save elsewhere": "保存到别处",
    "Saved: {name}": "已保存：{name}",
    "Drag this into another program, or click to save it as {kind}":
        "拖到别的程序，或点击保存为 {kind}",
    "Star the take": "收藏版本",
    "Star {name}": "收藏{name}",
    "Rename the take": "重命名版本",
    "Name of {name}": "{name}的名称",
    "Antiphon": "Antiphon",
    "Continue the melody": "续写旋律",
    "Harmonize with chords": "配和弦",
    "Harmonize for four voices": "配四部和声",
    "Keep": "保留",
    "Open the panel": "打开面板",
    "In MuseScore, first open Antiphon's buttons (Ctrl+Alt+U)":
        "请先在 MuseScore 中打开 Antiphon 的按钮栏（Ctrl+Alt+U）",
    "Next take": "下一个版本",
    "Take before": "上一个版本",
    "Compare with the take before": "与上一个版本比较",
    "The settings of this file are back: Ask gives its notes again.":
        "此文件的设置已恢复：再次请求会得到同样的音。",
    # Hearing.
    "Listen": "试听",
    "Play": "播放",
    "Play {name}": "播放{name}",
    "Play or stop": "播放或停止",
    "Play in a loop": "循环播放",
    "Metronome": "节拍器",
    "Play four notes": "播放四个音",
    "Sound goes to": "声音输出到",
    "Sound settings": "声音设置",
    "The usual output": "默认输出",
    "MIDI port": "MIDI 端口",
    "Sound card": "声卡",
    "Found: {names}": "找到：{names}",
    "This computer has no sound output now; everything else works.":
        "这台电脑现在没有声音输出；其他功能都正常。",
    # Work.
    "Waiting": "等待中",
    "Waking the model": "唤醒模型",
    "Writing": "写作中",
    "Writing…": "正在写…",
    "Checking": "检查中",
    "Progress": "进度",
    "Stop": "停止",
    "Stop (Esc)": "停止（Esc）",
    "Stopped": "已停止",
    "Failed": "失败",
    " · waiting behind it: {count}": " · 后面还有 {count} 个在等待",
    "Queue and history": "队列与历史",
    "History": "历史",
    "Search": "搜索",
    "Search the history": "搜索历史",
    "Nothing found.": "没有找到。",
    "Every request stands here with its takes, also after a restart. "
    "Ask for something to begin.":
        "每个请求及其版本都在这里，重启后也在。先提出一个请求吧。",
    "Show takes": "查看版本",
    "Move up": "上移",
    "Bring these settings back": "恢复这些设置",
    "Remove from the history": "从历史中移除",
    # Window.
    "Write": "写作",
    "Models": "模型",
    "Settings": "设置",
    "View": "视图",
    "Help": "帮助",
    "Menu": "菜单",
    "Window": "窗口",
    "All commands…": "所有命令…",
    "Commands": "命令",
    "Type a command": "输入命令",
    "Keys": "快捷键",
    "First steps": "入门",
    "About Antiphon": "关于 Antiphon",
    "Quit": "退出",
    "Close": "关闭",
    "Put away": "收起",
    "Larger": "放大",
    "Smaller": "缩小",
    "Stay on top of other windows": "保持在其他窗口之上",
    "So that the panel stays beside the score while you work.":
        "工作时让面板一直留在乐谱旁边。",
    "Starting…": "正在启动…",
    "No editor yet": "尚无编辑器",
    "Without service": "未连接服务",
    "Reconnecting…": "正在重新连接…",
    "Open MuseScore, REAPER or Ardour with Antiphon installed; files work without any.":
        "打开装有 Antiphon 的 MuseScore、REAPER 或 Ardour；处理文件则不需要。",
    # Models.
    "Small models that run on this computer; nothing leaves it. Where none can answer, "
    "rules do, and the take says so.":
        "在本机运行的小模型，任何内容都不会离开这台电脑。没有模型能回答时由规则来写，版本中会注明。",
    "{size} MB": "{size} MB",
    "{count} parameters": "{count} 个参数",
    "Its weights are missing": "缺少权重文件",
    "Answers: {tasks}": "负责：{tasks}",
    "By name, for: {tasks}": "按名称使用，可用于：{tasks}",
    "A measure for the others; it answers nothing.": "供比较的基准，不写音乐。",
    "See the models": "查看模型",
    "A model of your own": "你自己的模型",
    "Put about twenty pieces of one style into a folder. At most three minutes later, "
    "Continue writes more like them.":
        "把二十首左右同一风格的乐曲放进一个文件夹，最多三分钟后，“续写”就会更像它们。",
    "Pieces": "乐曲",
    "Name": "名称",
    "Folder of your pieces": "乐曲文件夹",
    "A folder of MIDI, MusicXML, ABC or recordings": "MIDI、MusicXML、ABC 或录音的文件夹",
    "Name of your model": "模型名称",
    "my tunes": "我的曲调",
    "Choose…": "选择…",
    "Ask it before the shipped models": "优先于自带的模型",
    "Learn my pieces": "学习我的乐曲",
    "Progress of the training": "训练进度",
    "Curve of the training": "训练曲线",
    "Bits a note on held-out pieces: {first} at first, {last} now":
        "留出乐曲每音比特数：起初 {first}，现在 {last}",
    "Thick: held-out pieces. Thin: what is learnt. Lower is better.":
        "粗线：留出的乐曲。细线：所学的乐曲。越低越好。",
    "Reading your pieces…": "正在读取乐曲…",
    "Learning. You may go on working meanwhile.": "正在学习。你可以继续工作。",
    "{name} is ready: choose it under More controls, Written by. Bits a note on your "
    "held-out pieces: {before} before, {after} after.":
        "{name}已就绪：在“更多选项”的“由谁写”中选择。"
        "留出乐曲每音比特数：之前 {before}，之后 {after}。",
    "It got no better on your pieces, so nothing was added. More pieces, or pieces of "
    "one style, help.":
        "在你的乐曲上没有变好，因此没有添加。乐曲更多或风格更一致会有帮助。",
    "It could not learn: {why}": "无法学习：{why}",
    "Stopped; nothing was added. The same folder goes on where it stood.":
        "已停止，没有添加。用同一文件夹可从中断处继续。",
    # Settings and first steps.
    "Appearance": "外观",
    "Language": "语言",
    "As the computer": "跟随系统",
    "Colours": "颜色",
    "Light": "浅色",
    "Dark": "深色",
    "Size": "大小",
    "Off": "关闭",
    "Menu over MuseScore": "MuseScore 上的菜单",
    "With this key held, the right button opens Antiphon's menu there.":
        "按住此键并点击右键，即可在那里打开 Antiphon 的菜单。",
    "Privacy": "隐私",
    "Nothing leaves this computer: no account, no network, no statistics. Your files are "
    "never written over. What Antiphon keeps lies in {folder}.":
        "任何内容都不会离开这台电脑：没有账号，不联网，不统计。你的文件绝不会被覆盖。"
        "Antiphon 保存的内容位于 {folder}。",
    "Version {number}": "版本号 {number}",
    "One choir sings, the other answers. A co-writer that lives beside your editor: "
    "select a phrase, ask, and keep the take you like.":
        "一队唱，一队和。陪在编辑器旁的合作者：选一个乐句，提出请求，留下喜欢的版本。",
    "Free software under the GNU General Public License, version 3 or later. Every model "
    "names what it learned from.":
        "自由软件，遵循 GNU 通用公共许可证第 3 版或更新版本。每个模型都注明它的学习来源。",
    "Welcome to Antiphon": "欢迎使用 Antiphon",
    "You write a phrase; Antiphon answers with takes to choose from. Everything happens on "
    "this computer.":
        "你写一个乐句，Antiphon 用几个版本来回答，供你选择。一切都在这台电脑上进行。",
    "Your editors": "你的编辑器",
    "Looking for your editors…": "正在查找编辑器…",
    "Tick an editor and Antiphon adds its commands to it. It never touches your files, and "
    "takes itself out again without a trace.":
        "勾选编辑器，Antiphon 就会把命令加进去。它从不改动你的文件，卸载后不留痕迹。",
    "No editor was found. Files work without one: drop a MIDI, MusicXML or ABC file on this "
    "window.":
        "没有找到编辑器。没有编辑器也能处理文件：把 MIDI、MusicXML 或 ABC 文件拖到此窗口。",
    "Antiphon is in it.": "已装好 Antiphon。",
    "Antiphon is in it. Start the editor anew to see it.": "已装好 Antiphon。重启编辑器即可看到。",
    "Putting it in…": "正在安装…",
    "Sound": "声音",
    "Takes are heard through a small synthesizer that is part of Antiphon. A MIDI port can "
    "be chosen in the settings.":
        "版本由 Antiphon 自带的小合成器播放。也可以在设置中选择 MIDI 端口。",
    "A first answer": "第一个答句",
    "Antiphon continues the demo phrase, so that you see that all is in place.":
        "Antiphon 会续写示例乐句，让你看到一切就绪。",
    "A short phrase, four measures more, from question to answer.":
        "一个短乐句，再续四小节，从问到答。",
    "Continue the demo phrase": "续写示例乐句",
    "✓ It works: {name} is there.": "✓ 一切正常：{name}已写好。",
    "That is all": "就这些",
    "Three gestures: select, ask, pick.": "三步：选择、请求、挑选。",
    "Select some measures in your editor and press Antiphon's key there, or Ask here.":
        "在编辑器中选择几个小节，按那里的 Antiphon 快捷键，或在这里点“请求”。",
    "The takes stand side by side: hear them, compare with C, put one in.":
        "各个版本并排显示：试听，按 C 比较，把喜欢的放进去。",
    "Press ? for all keys, Ctrl+Shift+P for all commands.":
        "按 ? 查看所有快捷键，按 Ctrl+Shift+P 查看所有命令。",
    "Back": "上一步",
    "Next": "下一步",
    "Skip": "跳过",
    "Begin": "开始",
    "{page} of {pages}": "第 {page} 页，共 {pages} 页",
}  # fmt: skip
