import { type Finding, type Results, type Text, text } from "../experiment/experiment";
import { percent, short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { seriesOfBars } from "../measures/curves";
import { differenceOf, ofRuns, ranged } from "../measures/differences";
import { listed, spaced } from "../measures/sentence";

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
          ranged(one.excess),
          one.own,
          percent(one.own / one.all),
        ]),
      },
    ],
    findings: findingsOf(learned, shared, known),
  };
}

/** How far two things are the same. */
const upTo = (difference: number): Text =>
  difference === 0
    ? text(" to the last digit", "完全相同")
    : text(` up to ${short(difference)}`, `相同，差异不超过 ${short(difference)}`);

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
  const said = (one: Learned) => ranged(one.excess);
  const runs = ofRuns(best.excess.length);
  const alike = sorted
    .slice(1)
    .filter(({ excess }) => differenceOf(excess, best.excess).side === "within");
  const among = listed(alike.map(({ label }) => label));
  const told =
    alike.length > 0
      ? text(
          `; against ${among.en} runs do not agree`,
          `；与${spaced(among.zh)}相比，各次训练并不一致`,
        )
      : text("", "");
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
        `Within a layer all places share the feed-forward's weights, against what is often said: in reverse order they give the same outputs${upTo(shared.byOrder).en}, a place alone the same${upTo(shared.byNeighbours).en}, and ${shared.parameters} parameters serve texts of any length. Another layer has other weights: a difference of ${short(shared.byLayer)}.`,
        `与常见说法相反，同一层内所有位置共享前馈层的参数：位置倒序后输出${upTo(shared.byOrder).zh}；单独一个位置的输出${upTo(shared.byNeighbours).zh}；${shared.parameters} 个参数适用于任意长度。换一层则是另一组参数：差异 ${short(shared.byLayer)}。`,
      ),
    },
    {
      text: text(
        `With weights of its own for each place a model has ${short(unshared.own / relu.own)} times the feed-forward's parameters, reads one length only, and ends ${said(unshared).en} nats above the best possible; shared, ${said(relu).en} (${runs.en}).`,
        `若每个位置各有一份参数，前馈层参数量为 ${short(unshared.own / relu.own)} 倍，只能读一种长度，最终高出理论最优 ${said(unshared).zh} 奈特；共享时为 ${said(relu).zh}（${runs.zh}）。`,
      ),
    },
    {
      text: text(
        `Without a feed-forward the model ends ${said(none).en} nats above the best possible, with a linear one ${said(linear).en}, with ReLU ${said(relu).en}.`,
        `没有前馈层时高出理论最优 ${said(none).zh} 奈特，线性前馈层 ${said(linear).zh}，ReLU ${said(relu).zh}。`,
      ),
    },
    {
      text: text(
        `Among the activations ${best.label.en} does best in the mean, ${said(best).en}, and ${worst.label.en} worst, ${said(worst).en}${told.en}.`,
        `各种激活中平均最好的是 ${best.label.zh}，${said(best).zh}；最差的是 ${worst.label.zh}，${said(worst).zh}${told.zh}。`,
      ),
    },
    {
      text: text(
        `Share of the feed-forwards in all parameters: ${known.map(({ label, own, all }) => `${percent(own / all)} in ${label.en}`).join(", ")}.`,
        `前馈层占全部参数的比例：${known.map(({ label, own, all }) => `${label.zh} ${percent(own / all)}`).join("，")}。`,
      ),
    },
  ];
}
