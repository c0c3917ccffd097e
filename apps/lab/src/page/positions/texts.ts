import { type Text, text } from "../../experiment/experiment";

/** Words of the room of positions. */
export const words = {
  lead: text(
    "Every token is the same here, so all that is to be seen comes from its position: what each strategy adds to the embeddings, what it adds to the scores of a causal query (rows) for the keys before it (columns), and how that goes with the distance.",
    "这里所有词元都相同，因此看到的一切都来自位置：每种编码给词嵌入加上什么，给因果注意力中每个查询（行）对之前各键（列）的分数加上什么，以及它如何随距离变化。",
  ),
  colours: text(
    "Colours go from blue (below 0) to orange (above). Strategies that learn are shown as they begin.",
    "颜色从蓝（小于 0）到橙（大于 0）。需要学习的编码按初始状态显示。",
  ),
  all: text("All strategies", "所有编码"),
  length: text("Positions", "位置数"),
  heads: text("Heads", "头数"),
  seed: text("Seed", "随机种子"),
  choose: text("Look closer", "细看"),
  strategy: text("Strategy", "编码"),
  embeddings: text("Added to the embeddings", "加到词嵌入上的量"),
  feature: text("feature", "特征"),
  position: text("position", "位置"),
  scores: (head: number) =>
    text(`Added to the scores, head ${head}`, `加到分数上的量，第 ${head} 头`),
  query: text("query", "查询"),
  key: text("key", "键"),
  distances: text("Mean score by distance, each head", "各头的平均分数随距离的变化"),
  distance: text("query − key", "查询位置 − 键位置"),
  score: text("score", "分数"),
  head: (head: number) => text(`head ${head}`, `第 ${head} 头`),
  shifted: text(
    "Shifted by 64 positions: mean score by distance, head 1",
    "整体平移 64 个位置：第 1 头的平均分数随距离的变化",
  ),
  from: (start: number) => text(`from position ${start}`, `从位置 ${start} 起`),
  shiftNote: text(
    "Where both curves are one, attention depends on distances only.",
    "两条曲线重合，说明注意力只取决于距离。",
  ),
  checks: text("Does it keep its promises?", "它信守承诺吗？"),
  checksNote: text(
    "The conformance kit of @tx/positional, run here: among others whether decoding token by token gives what one pass gives, and whether a shift changes nothing.",
    "在这里运行 @tx/positional 的一致性检验：例如逐词元解码是否与一次前向的结果一致，平移是否不改变任何结果。",
  ),
  check: text("Check", "检验"),
  checking: text("Checking …", "检验中……"),
  property: text("Property", "性质"),
  outcome: text("Outcome", "结果"),
  number: text("Largest number in it", "其中最大的数"),
  long: text("Train short, test long", "短训练，长测试"),
  longNote: text(
    "The experiment of question 10: loss at the trained length and beyond it.",
    "第 10 问的实验：在训练长度及更长处的损失。",
  ),
  failed: (reason: string) => text(`It failed: ${reason}`, `失败：${reason}`),
} as const;

/** The properties of the kit, and what comes of a look at one. */
export const properties: Readonly<Record<string, Text>> = {
  "decode parity": text("Token by token gives what one pass gives", "逐词元解码与一次前向一致"),
  "cached keys": text("Cached keys stay right", "缓存的键保持正确"),
  "shift invariance": text("A shift of all positions changes nothing", "整体平移不改变结果"),
  "segment invariance": text(
    "Segments with memory give what one pass gives",
    "带记忆的分段与一次前向一致",
  ),
  "batch parity": text("A batch gives what each text gives alone", "批处理与逐条处理一致"),
  "left padding": text("Padding on the left changes nothing", "左侧填充不改变结果"),
  "packed documents": text("Packed documents are as each alone", "打包的文档与单独处理一致"),
  "length refusal": text("Positions past its end are refused", "超出长度的位置会被拒绝"),
  gradients: text("Gradients are those of finite differences", "梯度与有限差分一致"),
  "rows that see nothing": text("Rows that see nothing stay finite", "看不到任何键的行保持有限值"),
  leaks: text("No tensor is left behind", "不遗留张量"),
  "JSON round trip": text("Its config comes back from JSON", "配置可由 JSON 还原"),
};

export const outcomes: Readonly<Record<string, Text>> = {
  passed: text("passed", "通过"),
  failed: text("failed", "未通过"),
  refused: text("refused, clearly", "明确拒绝"),
  "not claimed": text("not claimed", "未作此承诺"),
};
