import { type Finding, type Results, type Text, text } from "../experiment/experiment";
import { percent, short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { seriesOfBars } from "../measures/curves";

/** What a sort of feed-forward learned, in each run. */
export interface Learned {
  readonly name: string;
  readonly label: Text;
  /** Nats a token above the best possible. */
  readonly excess: readonly number[];
  /** Parameters of the feed-forwards, and of the model. */
  readonly own: number;
  readonly all: number;
}

/** A published model. */
export interface Known {
  readonly label: Text;
  readonly own: number;
  readonly all: number;
}

/** Largest differences between what one feed-forward gives. */
export interface Shared {
  /** When the places come in reverse order, and its output is put in order again. */
  readonly byOrder: number;
  /** When one place comes alone. */
  readonly byNeighbours: number;
  /** When it is that of another layer. */
  readonly byLayer: number;
  readonly lengths: readonly number[];
  /** Of one feed-forward. */
  readonly parameters: number;
}

export function feedForwardResults(found: {
  learned: readonly Learned[];
  shared: Shared;
  known: readonly Known[];
}): Results {
  const { learned, shared, known } = found;
  const share = ({ own, all }: Known) => own / all;
  return {
    numbers: [
      ...learned.map(({ name, label, excess }) => ({
        name: `excess-${name}`,
        label: text(`${label.en}: excess loss`, `${label.zh}：超出损失`),
        ...{ value: mean(excess), unit: "nat" },
      })),
      {
        name: "by-order",
        label: text("change by the order of places", "位置顺序带来的差异"),
        value: shared.byOrder,
      },
      {
        name: "by-neighbours",
        label: text("change by the other places", "其他位置带来的差异"),
        value: shared.byNeighbours,
      },
      {
        name: "by-layer",
        label: text("change by the layer", "换一层带来的差异"),
        value: shared.byLayer,
      },
    ],
    series: [
      seriesOfBars(
        { name: "excess", label: text("excess loss", "超出损失") },
        learned.map(({ excess }) => excess),
      ),
      {
        ...{ name: "known", label: text("feed-forwards", "前馈层") },
        x: known.map((_, n) => n),
        y: known.map(share),
      },
      {
        ...{ name: "shared", label: text("as it is: shared", "实际情况：共享"), x: shared.lengths },
        y: shared.lengths.map(() => shared.parameters),
      },
      {
        name: "unshared",
        label: text("if each place had its own", "假如每个位置各有一份"),
        x: shared.lengths,
        y: shared.lengths.map((length) => length * shared.parameters),
      },
    ],
    tables: [
      {
        name: "ways",
        label: text("Every sort", "各种前馈层"),
        columns: [
          text("feed-forward", "前馈层"),
          text("excess loss in nats", "超出损失（奈特）"),
          text("parameters of feed-forwards", "前馈层参数量"),
          text("share of the model's", "占模型比例"),
        ],
        rows: learned.map((one) => [
          one.label,
          short(mean(one.excess)),
          one.own,
          percent(one.own / one.all),
        ]),
      },
    ],
    findings: findingsOf(learned, shared, known),
  };
}

function findingsOf(
  learned: readonly Learned[],
  shared: Shared,
  known: readonly Known[],
): Finding[] {
  const by = (name: string) => learned.find((one) => one.name === name)!;
  const loss = (one: Learned) => mean(one.excess);
  const usual = ["relu", "gelu", "silu", "squared-relu", "mish", "glu", "reglu", "geglu", "swiglu"];
  const sorted = usual.map(by).sort((a, b) => loss(a) - loss(b));
  const [best, worst] = [sorted[0]!, sorted[sorted.length - 1]!];
  const spread = Math.max(...sorted.map(({ excess }) => Math.max(...excess) - Math.min(...excess)));
  const several = best.excess.length > 1;
  const [none, linear, relu, unshared] = ["none", "linear", "relu", "unshared"].map(by) as [
    Learned,
    Learned,
    Learned,
    Learned,
  ];
  return [
    {
      contradicts: shared.byOrder < 1e-4 && shared.byNeighbours < 1e-4,
      text: text(
        `Within a layer all places share the feed-forward's weights, against what is often said: in reverse order they give the same outputs up to ${short(shared.byOrder)}, a place alone the same up to ${short(shared.byNeighbours)}, and ${shared.parameters} parameters serve texts of any length. Another layer has other weights: a difference of ${short(shared.byLayer)}.`,
        `与常见说法相反，同一层内所有位置共享前馈层的参数：位置倒序后输出相同，差异不超过 ${short(shared.byOrder)}；单独一个位置差异不超过 ${short(shared.byNeighbours)}；${shared.parameters} 个参数适用于任意长度。换一层则是另一组参数：差异 ${short(shared.byLayer)}。`,
      ),
    },
    {
      text: text(
        `With weights of its own for each place a model has ${short(unshared.own / relu.own)} times the feed-forward's parameters, reads one length only, and ends ${short(loss(unshared))} nats above the best possible; shared, ${short(loss(relu))}.`,
        `若每个位置各有一份参数，前馈层参数量为 ${short(unshared.own / relu.own)} 倍，只能读一种长度，最终高出理论最优 ${short(loss(unshared))} 奈特；共享时为 ${short(loss(relu))}。`,
      ),
    },
    {
      text: text(
        `Without a feed-forward the model ends ${short(loss(none))} nats above the best possible, with a linear one ${short(loss(linear))}, with ReLU ${short(loss(relu))}.`,
        `没有前馈层时高出理论最优 ${short(loss(none))} 奈特，线性前馈层 ${short(loss(linear))}，ReLU ${short(loss(relu))}。`,
      ),
    },
    {
      text: text(
        `Among the activations ${best.label.en} does best (${short(loss(best))}) and ${worst.label.en} worst (${short(loss(worst))})${several ? `; runs of one and the same differ by up to ${short(spread)}` : ""}.`,
        `各种激活中 ${best.label.zh} 最好（${short(loss(best))}），${worst.label.zh} 最差（${short(loss(worst))}）${several ? `；同一种的不同运行之间最多相差 ${short(spread)}` : ""}。`,
      ),
    },
    {
      text: text(
        `Feed-forwards have ${known.map(({ label, own, all }) => `${percent(own / all)} of all parameters in ${label.en}`).join(", ")}.`,
        `前馈层占全部参数的比例：${known.map(({ label, own, all }) => `${label.zh} ${percent(own / all)}`).join("，")}。`,
      ),
    },
  ];
}
