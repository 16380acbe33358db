"""Faults in 简体中文: code, sentence and remedy with the gaps of `antiphon.bridge.errors`."""

FAULT_WORDS: dict[str, tuple[str, str]] = {
    "unreadable-file": ("无法读取 {what}：{why}。", "请检查路径和权限。"),
    "unknown-format": (
        "Antiphon 不能读取 {what} 这类文件。",
        "请使用 MIDI（.mid）、MusicXML（.musicxml、.xml、.mxl）或 ABC（.abc）。",
    ),
    "broken-midi": ("{what} 不是有效的 MIDI 文件：{why}。", "请从制作它的程序重新导出。"),
    "broken-musicxml": ("{what} 不是有效的 MusicXML：{why}。", "请从制作它的程序重新导出。"),
    "broken-abc": ("{what} 不是有效的 ABC：{why}。", "请检查所指出的那一行。"),
    "too-large": ("{what} 超出了 Antiphon 接受的大小：{why}。", "请使用较短的段落。"),
    "no-such-part": ("没有名为“{name}”的声部。", "此文件中的声部：{parts}。"),
    "no-such-measure": (
        "没有第 {measure} 小节；这段音乐共有 {count} 小节。",
        "请选择第 1 到第 {count} 小节。",
    ),
    "empty-selection": (
        "没有可以续写的内容：选区里没有音。什么都没有写入。",
        "请在一行谱表中选择几个有旋律的小节。",
    ),
    "no-melody": (
        "无从着手：选区里没有旋律。什么都没有写入。",
        "请在一行谱表中选择几个有旋律的小节。",
    ),
    "bad-control": ("{name} 不能是 {value}：{why}。", "请换一个值。"),
    "bad-request": (
        "无法理解这个请求：{why}。什么都没有写入。",
        "请用 antiphon install EDITOR 更新插件。",
    ),
    "unwritable-file": ("无法写入 {what}：{why}。什么都没有改动。", "请为答句另选位置。"),
    "would-overwrite": (
        "{what} 是你给出的原文件，Antiphon 绝不会覆盖它。",
        "请用另一个文件名保存。",
    ),
    "region-changed": ("写作期间音乐有了改动。什么都没有写入。", "请再按一次快捷键。"),
    "destination-occupied": (
        "{where} 已经有音，Antiphon 不会覆盖。什么都没有写入。",
        "请清空这些小节，或选择后面有空小节的音乐。",
    ),
    "irregular-measure": (
        "第 {number} 小节比拍号长或短，Antiphon 无法填写。什么都没有写入。",
        "请选择后面是完整小节的音乐。",
    ),
    "nothing-to-repeat": (
        "没有选中小节，这份乐谱也没有之前的答句。什么都没有写入。",
        "请在一行谱表中选择几个小节，再按快捷键。",
    ),
    "several-staves": ("选中了不止一行谱表。什么都没有写入。", "请只选一行谱表的小节。"),
    "editor-not-found": (
        "这台电脑上没有找到 {editor}。",
        "请先安装它，或用 --folder 指明它的文件夹。",
    ),
    "editor-running": (
        "{editor} 正在运行，关闭时会撤销改动。什么都没有改动。",
        "请关闭 {editor}，然后重试。",
    ),
    "no-free-key": (
        "Antiphon 提供的快捷键在 MuseScore 中都已被占用：{keys}。什么都没有改动。",
        "请在“编辑 > 偏好设置 > 快捷键”中空出一个，然后重试。",
    ),
    "strange-plugin-list": (
        "{what} 不是 MuseScore 写出的插件列表。什么都没有改动。",
        "请在 MuseScore 中打开插件管理器并按“确定”关闭，然后重试。",
    ),
    "strange-settings": (
        "{what} 不是 {editor} 写出的样子。什么都没有改动。",
        "请打开再关闭 {editor}，然后重试。",
    ),
    "no-free-slot": (
        "Ardour 只有 {free} 个空闲的脚本位置，Antiphon 需要 {needed} 个。什么都没有改动。",
        "请在“编辑 > Lua 脚本 > 脚本管理器”中空出几个，然后重试。",
    ),
    "service-not-running": (
        "Antiphon 的服务没有运行。什么都没有写入。",
        "请用 antiphon serve 启动它。",
    ),
    "service-already-running": ("服务已在运行（进程 {pid}）。", "无需操作：所有编辑器共用它。"),
    "unauthorised": ("消息没有带上此服务的令牌。", "请重新启动插件，让它读取新的运行文件。"),
    "bad-datagram": ("丢弃了一个数据报：{why}。", "无需操作。"),
    "payload-missing": (
        "请求 {id} 的音乐没有送达。什么都没有写入。",
        "请再按一次快捷键。",
    ),
    "no-answer": (
        "Antiphon 的服务没有回应。什么都没有写入。",
        "请用 antiphon serve 重新启动它，再按快捷键。",
    ),
    "unknown-request": ("没有请求 {id} 的记录。", "请重新请求。"),
    "busy": ("等待的请求太多。什么都没有写入。", "请等一个答句完成，再按快捷键。"),
    "cancelled": ("请求已取消。什么都没有写入。", "按快捷键可以再次请求。"),
    "deadline-passed": (
        "写答句花的时间太长。什么都没有写入。",
        "请再按一次快捷键，或请求较少的小节。",
    ),
    "model-failed": (
        "模型停止了：{why}。什么都没有写入。",
        "请再按一次快捷键；并运行：antiphon doctor。",
    ),
    "no-such-model": (
        "没有用于 {task} 的名为“{name}”的模型。什么都没有写入。",
        "可用的模型：{models}。",
    ),
    "no-weights": (
        "{model} 的权重缺失或损坏。",
        "请重新安装 Antiphon；其间由规则引擎回答。",
    ),
    "missing-library": ("{what} 需要尚未安装的库 {library}。", "请这样安装：{command}"),
    "nothing-to-learn": (
        "{what} 中可学的内容太少：{why}。",
        "请提供更多乐曲，或有旋律的乐曲。",
    ),
    "strange-run": ("{what} 不能用于此：{why}。什么都没有改动。", "请用 -o 另选文件夹。"),
    "other-version": (
        "编辑器脚本使用 Antiphon 协议第 {theirs} 版，服务使用第 {ours} 版。什么都没有写入。",
        "请运行：antiphon install EDITOR，然后重启编辑器。",
    ),
    "no-editor": (
        "没有打开正在听 Antiphon 的编辑器{which}。什么都没有写入。",
        "请打开装有 Antiphon 的编辑器（antiphon install EDITOR），并在其中打开一个文档。",
    ),
    "no-sound": (
        "这台电脑上听不到声音：{why}。其他功能都正常。",
        "请连接输出设备或选择 MIDI 端口，再按播放。",
    ),
    "no-synth": (
        "缺少播放版本的合成器：{why}。其他功能都正常。",
        "请运行：pip install --no-deps tinysoundfont==0.3.7，或选择 MIDI 端口。",
    ),
    "empty-library": ("还没有你的音乐库。", "请这样建立：antiphon library add FOLDER。"),
    "no-taste": (
        "音乐库中没有加星或播放过的曲目，因此无法推荐。",
        "请告诉它你喜欢什么：antiphon library star FILE 5。",
    ),
    "not-in-library": ("{what} 不在音乐库中。", "请这样加入：antiphon library add FILE。"),
    "live-no-clip": (
        "Live 的会话视图中没有选中 MIDI 片段。什么都没有写入。",
        "请点击一个 MIDI 片段，然后重试。",
    ),
    "live-unwritten": (
        "Live 的新片段只收到 {wanted} 个音中的 {found} 个，因此已撤去。",
        "请重试；原有的片段保持原样。",
    ),
    "live-silent": (
        "Ableton Live 没有通过 AbletonOSC 回应（{why}）。什么都没有写入。",
        "请启动 Live，并在“偏好设置 > Link, Tempo & MIDI”中把 AbletonOSC 设为控制界面。",
    ),
    "no-screen": (
        "面板需要屏幕，而这里没有。",
        "请在桌面环境中启动；antiphon --help 列出了不需要屏幕的命令。",
    ),
    "internal": (
        "Antiphon 内部出了问题（{why}）。什么都没有写入。",
        "请运行：antiphon doctor，并报告它的输出。",
    ),
}
