import type { NormName, ResidualPolicy } from "@tx/model";
import { type Finding, type Results, type Text, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import type { ChainCurve } from "../measures/chain-lesson";
import { ending, seriesOfRuns } from "../measures/curves";
import { listed } from "../measures/sentence";

/** A sort of norm, trained with one batch size. */
export interface NormRun extends ChainCurve {
  readonly norm: NormName;
  readonly batch: number;
  /** In eval, by length: nats a token above the best possible. */
  readonly byLength: readonly number[];
  /** Largest change of an earlier place's logits by the last token: while training, in eval. */
  readonly leak: readonly [number, number];
}

/** A place of the norm, trained with or without warmup. */
export interface PolicyRun extends ChainCurve {
  readonly policy: ResidualPolicy;
  readonly warm: boolean;
}

interface NormsMeasured {
  readonly normRuns: readonly NormRun[];
  readonly policyRuns: readonly PolicyRun[];
  readonly lengths: readonly number[];
  readonly trained: number;
}

const normLabels: Readonly<Partial<Record<NormName, Text>>> = {
  layer: text("LayerNorm", "LayerNorm"),
  rms: text("RMSNorm", "RMSNorm"),
  batch: text("BatchNorm", "BatchNorm"),
};

const policyLabels: Readonly<Partial<Record<ResidualPolicy, Text>>> = {
  postNorm: text("post-norm", "post-norm"),
  preNorm: text("pre-norm", "pre-norm"),
  sandwichNorm: text("sandwich", "sandwich"),
  deepNorm: text("DeepNorm", "DeepNorm"),
  reZero: text("ReZero", "ReZero"),
};

export function normResults(measured: NormsMeasured): Results {
  const { normRuns, policyRuns, lengths, trained } = measured;
  const atTrained = lengths.indexOf(trained);
  const norms = [...new Set(normRuns.map(({ norm }) => norm))];
  const of = (norm: NormName) => normRuns.filter((run) => run.norm === norm);
  const largest = (norm: NormName) => of(norm)[of(norm).length - 1]!;
  return {
    numbers: [
      ...normRuns.map(({ norm, batch, byLength }) => ({
        name: `${norm}-${batch}`,
        label: text(
          `${normLabels[norm]!.en}, batch of ${batch}: excess loss in eval`,
          `${normLabels[norm]!.zh}，批大小 ${batch}：eval 模式的超出损失`,
        ),
        ...{ value: byLength[atTrained]!, unit: "nat" },
      })),
      ...norms.map((norm) => ({
        name: `leak-${norm}`,
        label: text(
          `${normLabels[norm]!.en}: largest change of earlier logits by the last token, in training`,
          `${normLabels[norm]!.zh}：训练时最后一个词元对更早位置 logit 的最大改变`,
        ),
        value: largest(norm).leak[0],
      })),
      ...norms.map((norm) => ({
        name: `time-${norm}`,
        label: text(
          `${normLabels[norm]!.en}: a step of training, batch of ${largest(norm).batch}`,
          `${normLabels[norm]!.zh}：一步训练，批大小 ${largest(norm).batch}`,
        ),
        ...{ value: largest(norm).milliseconds, unit: "ms" },
      })),
      ...policyRuns.map(({ policy, warm, excess }) => ({
        name: `${policy}-${warm ? "warm" : "cold"}`,
        label: text(
          `${policyLabels[policy]!.en}, ${warm ? "with" : "without"} warmup: excess loss at the end`,
          `${policyLabels[policy]!.zh}，${warm ? "有" : "无"}预热：最终的超出损失`,
        ),
        ...{ value: ending(excess), unit: "nat" },
      })),
    ],
    series: [
      ...norms.map((norm) => ({
        ...{ name: `eval-${norm}`, label: normLabels[norm]! },
        x: of(norm).map((_, n) => n),
        y: of(norm).map(({ byLength }) => byLength[atTrained]!),
      })),
      ...norms.map((norm) => ({
        ...{ name: `length-${norm}`, label: normLabels[norm]!, x: lengths },
        y: largest(norm).byLength,
      })),
      ...norms.map((norm) =>
        seriesOfRuns({ name: `train-${norm}`, label: normLabels[norm]! }, [largest(norm).excess]),
      ),
      ...policyRuns.map(({ policy, warm, excess }) =>
        seriesOfRuns(
          { name: `${warm ? "warm" : "cold"}-${policy}`, label: policyLabels[policy]! },
          [excess],
        ),
      ),
    ],
    findings: [
      ...batchFindings(measured, atTrained),
      leakFinding(largest("layer"), largest("batch")),
      ...policyFindings(policyRuns),
    ],
  };
}

function batchFindings({ normRuns, lengths }: NormsMeasured, atTrained: number): Finding[] {
  const pairs = normRuns
    .filter(({ norm }) => norm === "batch")
    .map((run) => ({
      ...run,
      layer: normRuns.find(({ norm, batch }) => norm === "layer" && batch === run.batch)!,
    }));
  const cost = pairs.map(
    ({ byLength, layer }) => byLength[atTrained]! - layer.byLength[atTrained]!,
  );
  const large = pairs[pairs.length - 1]!;
  const small = pairs[0]!;
  const [least, most] = [cost[0]!, cost[cost.length - 1]!];
  const spread = spreadOf(large.byLength);
  const cheap = most >= least || least < 0.02;
  const said = pairs.map(({ batch }, n) => [batch, short(cost[n]!)] as const);
  return [
    {
      // The usual answer: a small batch makes BatchNorm's statistics bad, a large one is all right.
      contradicts: cheap,
      text: text(
        `In eval BatchNorm loses more than LayerNorm by ${said.map(([batch, by]) => `${by} nats a token with a batch of ${batch}`).join(", ")}. ${cheap ? `Even a batch of ${small.batch} has tokens enough to take statistics of` : "Small batches do cost something, though each has many tokens to take statistics of"}.`,
        `eval 模式下 BatchNorm 比 LayerNorm 多损失：${said.map(([batch, by]) => `批大小 ${batch} 时 ${by}`).join("，")} 奈特/词元。${cheap ? `批大小为 ${small.batch} 也有足够的词元可供统计` : "小批次确实有代价，尽管每批都有许多词元可供统计"}。`,
      ),
    },
    {
      contradicts: spread <= 2 * spreadOf(large.layer.byLength) + 0.02,
      text: text(
        `Read at ${lengths[0]} to ${lengths[lengths.length - 1]} tokens, the excess of BatchNorm ranges over ${short(spread)} nats, that of LayerNorm over ${short(spreadOf(large.layer.byLength))}.`,
        `在 ${lengths[0]} 到 ${lengths[lengths.length - 1]} 个词元的长度上测试，BatchNorm 的超出损失相差 ${short(spread)} 奈特，LayerNorm 相差 ${short(spreadOf(large.layer.byLength))}。`,
      ),
    },
  ];
}

const spreadOf = (numbers: readonly number[]) => Math.max(...numbers) - Math.min(...numbers);

function leakFinding(layer: NormRun, batch: NormRun): Finding {
  return {
    contradicts: batch.leak[0] > 0,
    text: text(
      `What BatchNorm also costs is causality: while training, another last token changes earlier logits by up to ${short(batch.leak[0])} (in eval ${short(batch.leak[1])}); with LayerNorm by ${short(layer.leak[0])}. The causal mask does not stop it.`,
      `BatchNorm 还有一个代价是因果性：训练时换掉最后一个词元，更早位置的 logit 最多改变 ${short(batch.leak[0])}（eval 模式为 ${short(batch.leak[1])}）；LayerNorm 为 ${short(layer.leak[0])}。因果掩码挡不住它。`,
    ),
  };
}

function policyFindings(runs: readonly PolicyRun[]): Finding[] {
  const end = (policy: ResidualPolicy, warm: boolean) =>
    ending(runs.find((run) => run.policy === policy && run.warm === warm)!.excess);
  const gained = (policy: ResidualPolicy) => end(policy, false) - end(policy, true);
  const by = [...runs].sort((a, b) => ending(a.excess) - ending(b.excess));
  const best = by[0]!;
  const needs = [...new Set(runs.map(({ policy }) => policy))].filter((one) => gained(one) > 0.05);
  const names = listed(needs.map((policy) => policyLabels[policy]!));
  return [
    {
      contradicts: gained("postNorm") <= gained("preNorm"),
      text: text(
        `Without warmup post-norm ends ${short(end("postNorm", false))} nats above the best possible, with it ${short(end("postNorm", true))}; pre-norm ${short(end("preNorm", false))} and ${short(end("preNorm", true))}.`,
        `post-norm 无预热时最终高出理论最优 ${short(end("postNorm", false))} 奈特，有预热时 ${short(end("postNorm", true))}；pre-norm 分别为 ${short(end("preNorm", false))} 和 ${short(end("preNorm", true))}。`,
      ),
    },
    {
      text:
        needs.length > 0
          ? text(
              `Warmup gains more than 0.05 nats for ${names.en}. Best of all: ${policyLabels[best.policy]!.en} ${best.warm ? "with" : "without"} warmup, ${short(ending(best.excess))}.`,
              `预热带来超过 0.05 奈特 收益的有：${names.zh}。最好的是${best.warm ? "有" : "无"}预热的 ${policyLabels[best.policy]!.zh}，${short(ending(best.excess))}。`,
            )
          : text(
              `Warmup gains more than 0.05 nats for none of them at this rate. Best of all: ${policyLabels[best.policy]!.en} ${best.warm ? "with" : "without"} warmup, ${short(ending(best.excess))}.`,
              `在这个学习率下，预热对哪一种都没有带来超过 0.05 奈特 的收益。最好的是${best.warm ? "有" : "无"}预热的 ${policyLabels[best.policy]!.zh}，${short(ending(best.excess))}。`,
            ),
    },
  ];
}
