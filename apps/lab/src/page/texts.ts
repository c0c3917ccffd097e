import { text } from "../experiment/experiment";

/** Every word of the page itself, in both languages. */
export const ui = {
  title: text("Transformer lab", "Transformer 实验室"),
  tagline: text(
    "Eighteen questions on the Transformer, answered by code that runs in your browser.",
    "关于 Transformer 的十八个问题，由在你的浏览器中运行的代码来回答。",
  ),
  intro: text(
    "Each answer is a claim that you can run. Press run: the experiment computes on your own machine, on its GPU through WebGPU where there is one, else on its processor, and draws what it measured. Where a result goes against the usual answer, the page says so.",
    "每个答案都是可以亲手验证的论断。点击“运行”，实验便在你自己的机器上计算：有 GPU 时通过 WebGPU，否则用处理器，并画出测量结果。若结果与通行的说法相悖，页面会明确指出。",
  ),
  skip: text("Skip to the content", "跳到正文"),
  menu: text("Contents", "目录"),
  closeMenu: text("Close contents", "关闭目录"),
  navigation: text("Questions and rooms", "问题与房间"),
  home: text("Start", "首页"),
  questions: text("Questions", "问题"),
  rooms: text("Rooms", "房间"),
  language: text("Language", "语言"),
  theme: text("Colours", "配色"),
  themes: {
    auto: text("System", "跟随系统"),
    light: text("Light", "浅色"),
    dark: text("Dark", "深色"),
  },
  question: (n: number) => text(`Question ${n} of 18`, `第 ${n} 问，共 18 问`),
  notYet: text("In preparation", "准备中"),
  notThere: text("There is no such question here.", "这里没有这个问题。"),
  previous: text("Previous question", "上一问"),
  next: text("Next question", "下一问"),
  experiment: text("Experiment", "实验"),
  about: (seconds: number) =>
    text(`About ${seconds} s on two processor cores`, `在两个处理器核上约需 ${seconds} 秒`),
  seed: text("Seed", "随机种子"),
  run: text("Run", "运行"),
  runAgain: text("Run again", "再运行一次"),
  stop: text("Stop", "停止"),
  reset: text("Defaults", "恢复默认"),
  running: text("Running", "运行中"),
  progress: text("Progress", "进度"),
  finished: (seconds: string) => text(`Done in ${seconds} s.`, `完成，用时 ${seconds} 秒。`),
  stopped: text("Stopped.", "已停止。"),
  failed: (reason: string) => text(`It failed: ${reason}`, `运行失败：${reason}`),
  results: text("What was measured", "测量结果"),
  findings: text("Findings", "发现"),
  contradicts: text("Goes against the usual answer", "与通行的说法相悖"),
  usual: text("As usually told", "与通行的说法一致"),
  allNumbers: text("All numbers", "全部数字"),
  numbersTable: text("Number", "指标"),
  value: text("Value", "数值"),
  asTable: text("As a table", "显示为表格"),
  asPicture: text("As a picture", "显示为图"),
  none: text("none", "无"),
  code: text("The code", "代码"),
  codeNote: text(
    "Runs as it stands in Node and in a bundler, after npm install of what it imports.",
    "用 npm install 安装所导入的包之后，可在 Node 或打包工具中原样运行。",
  ),
  copy: text("Copy", "复制"),
  copied: text("Copied", "已复制"),
  references: text("References", "参考文献"),
  section: (section: string) => text(`§${section}`, inChinese(section)),
  device: text("Computes on", "计算设备"),
  starting: text("starting …", "启动中……"),
  backends: {
    auto: text("Automatic", "自动"),
    webgpu: text("GPU (WebGPU)", "GPU（WebGPU）"),
    simd: text("Processor (simd)", "处理器（simd）"),
  },
  backendNote: text(
    "Automatic takes WebGPU where there is a real GPU, else the processor.",
    "“自动”在有真实 GPU 时使用 WebGPU，否则使用处理器。",
  ),
  oneThread: text(
    "One thread: this page is not cross-origin isolated, so that memory cannot be shared.",
    "单线程：本页未启用跨源隔离，无法共享内存。",
  ),
  backendFailed: (reason: string) =>
    text(`Nothing to compute on: ${reason}`, `没有可用的计算设备：${reason}`),
  offline: text("This page works offline now.", "本页现已可离线使用。"),
  playground: text("Playground", "试验场"),
  playgroundSays: text(
    "Train a small model on your own text, here in the tab.",
    "在当前标签页里用你自己的文本训练一个小模型。",
  ),
  positions: text("Positions", "位置编码"),
  positionsSays: text(
    "What every positional strategy does to attention, side by side.",
    "并排比较每种位置编码对注意力的影响。",
  ),
} as const;

/** "3.2.2, table 3 (A)" as 第 3.2.2 节，表 3 (A). */
function inChinese(section: string): string {
  return section
    .split(", ")
    .map((part) =>
      part.startsWith("table ")
        ? part.replace("table", "表")
        : `第 ${part.replace(" and ", " 节和第 ")} 节`,
    )
    .join("，");
}
