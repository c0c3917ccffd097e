import type { NormName, ResidualPolicy } from "@tx/model";
import { type Finding, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import {
  type Difference,
  differenceOf,
  ofRuns,
  ranged,
  rangedDifference,
} from "../measures/differences";
import { listed, spaced } from "../measures/sentence";
import {
  endsOf,
  type NormRuns,
  type NormsMeasured,
  type PolicyRuns,
  policyLabels,
} from "./norms-measured";

/** Sentences made of what was measured; what runs do not agree on is said to be within their spread. */
export function normsFindings(measured: NormsMeasured): Finding[] {
  const { normRuns, policyRuns } = measured;
  const largest = (norm: NormName) => normRuns.filter((one) => one.norm === norm).at(-1)!;
  return [
    batchFinding(measured),
    lengthFinding(measured, largest("layer"), largest("batch")),
    leakFinding(largest("layer"), largest("batch")),
    ...policyFindings(policyRuns),
  ];
}

/** The usual answer: a small batch makes BatchNorm's statistics bad, a large one is all right. */
function batchFinding({ normRuns, lengths, trained }: NormsMeasured): Finding {
  const at = lengths.indexOf(trained);
  const of = (norm: NormName) => normRuns.filter((one) => one.norm === norm);
  const excess = ({ runs }: NormRuns) => runs.map(({ byLength }) => byLength[at]!);
  const pairs = of("batch").map((one, n) => ({
    batch: one.batch,
    cost: differenceOf(excess(one), excess(of("layer")[n]!)),
  }));
  const on = (side: Difference["side"]) =>
    pairs.filter(({ cost }) => cost.side === side).map(({ batch }) => text(`${batch}`, `${batch}`));
  const sayings = [
    {
      batches: on("above"),
      said: (all: string) =>
        text(`With ${all} it loses more in every run.`, `批大小为 ${all} 时，每次训练都损失更多。`),
    },
    {
      batches: on("below"),
      said: (all: string) =>
        text(`With ${all} it loses less in every run.`, `批大小为 ${all} 时，每次训练都损失更少。`),
    },
    {
      batches: on("within"),
      said: (all: string) =>
        text(
          `With ${all} the difference is within the spread of the runs: none is shown.`,
          `批大小为 ${all} 时，差别在各次训练的离散范围之内：看不出差别。`,
        ),
    },
  ];
  const conclusion = sayings
    .filter(({ batches }) => batches.length > 0)
    .map(({ batches, said }) => {
      const { en, zh } = listed(batches);
      return {
        en: said(`${batches.length > 1 ? "batches" : "a batch"} of ${en}`).en,
        zh: said(zh).zh,
      };
    });
  const runs = of("batch")[0]!.runs.length;
  const costs = pairs.map(({ batch, cost }) => ({ batch, said: rangedDifference(cost) }));
  const { side } = pairs[0]!.cost;
  return {
    contradicts: side === "within" || side === "below",
    text: text(
      `In eval BatchNorm loses more than LayerNorm by ${costs.map(({ batch, said }) => `${said.en} nats a token with a batch of ${batch}`).join(", ")}; ${ofRuns(runs).en}. ${conclusion.map(({ en }) => en).join(" ")}`.trim(),
      `eval 模式下 BatchNorm 比 LayerNorm 多损失：${costs.map(({ batch, said }) => `批大小 ${batch} 时 ${said.zh}`).join("，")} 奈特/词元；${ofRuns(runs).zh}。${conclusion.map(({ zh }) => zh).join("")}`,
    ),
  };
}

const spreadOf = (numbers: readonly number[]) => Math.max(...numbers) - Math.min(...numbers);

function lengthFinding({ lengths }: NormsMeasured, layer: NormRuns, batch: NormRuns): Finding {
  const over = ({ runs }: NormRuns) => runs.map(({ byLength }) => spreadOf(byLength));
  const { side } = differenceOf(over(batch), over(layer));
  const said = {
    above: text(": more in every run", "：每次训练都更大"),
    below: text(": less in every run", "：每次训练都更小"),
    within: text(
      ": the difference is within the spread of the runs",
      "：差别在各次训练的离散范围之内",
    ),
    few: text("", ""),
  }[side];
  const [of, against] = [ranged(over(batch)), ranged(over(layer))];
  const [first, last] = [lengths[0], lengths.at(-1)];
  return {
    contradicts: side === "within" || side === "below",
    text: text(
      `Read at ${first} to ${last} tokens, the excess of BatchNorm ranges over ${of.en} nats, that of LayerNorm over ${against.en}${said.en}.`,
      `在 ${first} 到 ${last} 个词元的长度上测试，BatchNorm 的超出损失变化幅度为 ${of.zh} 奈特，LayerNorm 为 ${against.zh}${said.zh}。`,
    ),
  };
}

function leakFinding(layer: NormRuns, batch: NormRuns): Finding {
  const most = ({ runs }: NormRuns, n: 0 | 1) => Math.max(...runs.map(({ leak }) => leak[n]));
  return {
    contradicts: most(batch, 0) > 0,
    text: text(
      `What BatchNorm also costs is causality: while training, another last token changes earlier logits by up to ${short(most(batch, 0))} (in eval ${short(most(batch, 1))}); with LayerNorm by ${short(most(layer, 0))}. The causal mask does not stop it.`,
      `BatchNorm 还有一个代价是因果性：训练时换掉最后一个词元，更早位置的 logit 最多改变 ${short(most(batch, 0))}（eval 模式为 ${short(most(batch, 1))}）；LayerNorm 为 ${short(most(layer, 0))}。因果掩码挡不住它。`,
    ),
  };
}

/** What warmup has to gain, in nats, to be worth a word. */
const WORTH = 0.05;

function policyFindings(all: readonly PolicyRuns[]): Finding[] {
  const of = (policy: ResidualPolicy, warm: boolean) =>
    endsOf(all.find((one) => one.policy === policy && one.warm === warm)!);
  const gained = (policy: ResidualPolicy) => differenceOf(of(policy, false), of(policy, true));
  const end = (policy: ResidualPolicy, warm: boolean) => ranged(of(policy, warm));
  const runs = all[0]!.runs.length;
  // How much more warmup gains for post-norm than for pre-norm, run by run.
  const gains = (policy: ResidualPolicy) =>
    of(policy, false).map((cold, run) => cold - of(policy, true)[run]!);
  const { side } = differenceOf(gains("postNorm"), gains("preNorm"));
  const verdict = {
    above: text(
      "Warmup gains more for post-norm in every run",
      "每次训练中预热给 post-norm 的收益都更大",
    ),
    below: text(
      "Warmup gains more for pre-norm in every run",
      "每次训练中预热给 pre-norm 的收益都更大",
    ),
    within: text(
      "For which of both warmup gains more differs from run to run",
      "预热对哪一种收益更大，各次训练并不一致",
    ),
    few: text(`Of each: ${ofRuns(runs).en}`, `每种：${ofRuns(runs).zh}`),
  }[side];
  const policies = [...new Set(all.map(({ policy }) => policy))];
  const needs = policies.filter((policy) => {
    const gain = gained(policy);
    return gain.mean > WORTH && (gain.side === "above" || gain.side === "few");
  });
  const names = listed(needs.map((policy) => policyLabels[policy]!));
  const each =
    runs > 1
      ? text(" in the mean and something in every run", "（平均，且每次训练都有收益）")
      : text("", "");
  return [
    {
      contradicts: side === "within" || side === "below",
      text: text(
        `Without warmup post-norm ends ${end("postNorm", false).en} nats above the best possible, with it ${end("postNorm", true).en}; pre-norm ${end("preNorm", false).en} and ${end("preNorm", true).en}. ${verdict.en}.`,
        `post-norm 无预热时最终高出理论最优 ${end("postNorm", false).zh} 奈特，有预热时 ${end("postNorm", true).zh}；pre-norm 分别为 ${end("preNorm", false).zh} 和 ${end("preNorm", true).zh}。${verdict.zh}。`,
      ),
    },
    {
      text:
        needs.length > 0
          ? text(
              `Warmup gains more than ${WORTH} nats${each.en} for ${names.en}. ${bestOf(all).en}`,
              `预热收益超过 ${WORTH} 奈特${each.zh}的有：${names.zh}。${bestOf(all).zh}`,
            )
          : text(
              `For none of them does warmup gain more than ${WORTH} nats${each.en} at this rate. ${bestOf(all).en}`,
              `在这个学习率下，预热对哪一种都没有带来超过 ${WORTH} 奈特${each.zh}的收益。${bestOf(all).zh}`,
            ),
    },
  ];
}

/** Which ends lowest, and which of the others cannot be told from it. */
function bestOf(all: readonly PolicyRuns[]) {
  const name = ({ policy, warm }: PolicyRuns) =>
    text(
      `${policyLabels[policy]!.en} ${warm ? "with" : "without"} warmup`,
      `${warm ? "有" : "无"}预热的 ${policyLabels[policy]!.zh}`,
    );
  const [best, ...others] = [...all].sort((a, b) => mean(endsOf(a)) - mean(endsOf(b))) as [
    PolicyRuns,
    ...PolicyRuns[],
  ];
  const alike = others.filter((one) => differenceOf(endsOf(one), endsOf(best)).side === "within");
  const among = listed(alike.map(name));
  const [named, end] = [name(best), ranged(endsOf(best))];
  return alike.length > 0
    ? text(
        `Lowest in the mean is ${named.en}, ${end.en}; against ${among.en} runs do not agree.`,
        `平均最低的是${named.zh}，${end.zh}；与${spaced(among.zh)}相比，各次训练并不一致。`,
      )
    : text(`Lowest is ${named.en}, ${end.en}.`, `最低的是${named.zh}，${end.zh}。`);
}
