import type { NormName } from "@tx/model";
import { type Results, type Series, text } from "../experiment/experiment";
import { mean, median } from "../experiment/statistics";
import { seriesOfBars, seriesOfRuns } from "../measures/curves";
import { spreadColumns, spreadRow } from "../measures/differences";
import { normsFindings } from "./norms-findings";
import {
  endsOf,
  type NormRuns,
  type NormsMeasured,
  normLabels,
  type PolicyRuns,
  policyLabels,
} from "./norms-measured";

export function normResults(measured: NormsMeasured): Results {
  const { normRuns, policyRuns, lengths, trained } = measured;
  const atTrained = lengths.indexOf(trained);
  const excessOf = ({ runs }: NormRuns) => runs.map(({ byLength }) => byLength[atTrained]!);
  const norms = [...new Set(normRuns.map(({ norm }) => norm))];
  const of = (norm: NormName) => normRuns.filter((one) => one.norm === norm);
  const largest = (norm: NormName) => of(norm)[of(norm).length - 1]!;
  const normLabel = ({ norm, batch }: NormRuns) =>
    text(`${normLabels[norm]!.en}, batch of ${batch}`, `${normLabels[norm]!.zh}，批大小 ${batch}`);
  const policyLabel = ({ policy, warm }: PolicyRuns) =>
    text(
      `${policyLabels[policy]!.en}, ${warm ? "with" : "without"} warmup`,
      `${policyLabels[policy]!.zh}，${warm ? "有" : "无"}预热`,
    );
  return {
    numbers: [
      ...normRuns.map((one) => ({
        name: `${one.norm}-${one.batch}`,
        label: text(
          `${normLabel(one).en}: excess loss in eval`,
          `${normLabel(one).zh}：eval 模式的超出损失`,
        ),
        ...{ value: mean(excessOf(one)), unit: "nat" },
      })),
      ...norms.map((norm) => ({
        name: `leak-${norm}`,
        label: text(
          `${normLabels[norm]!.en}: largest change of earlier logits by the last token, in training`,
          `${normLabels[norm]!.zh}：训练时最后一个词元对更早位置 logit 的最大改变`,
        ),
        value: Math.max(...largest(norm).runs.map(({ leak }) => leak[0])),
      })),
      ...norms.map((norm) => ({
        name: `time-${norm}`,
        label: text(
          `${normLabels[norm]!.en}: a step of training, batch of ${largest(norm).batch}`,
          `${normLabels[norm]!.zh}：一步训练，批大小 ${largest(norm).batch}`,
        ),
        ...{
          value: median(largest(norm).runs.map(({ milliseconds }) => milliseconds)),
          unit: "ms",
        },
      })),
      ...policyRuns.map((one) => ({
        name: `${one.policy}-${one.warm ? "warm" : "cold"}`,
        label: text(
          `${policyLabel(one).en}: excess loss at the end`,
          `${policyLabel(one).zh}：最终的超出损失`,
        ),
        ...{ value: mean(endsOf(one)), unit: "nat" },
      })),
    ],
    series: [
      ...norms.map((norm) =>
        seriesOfBars({ name: `eval-${norm}`, label: normLabels[norm]! }, of(norm).map(excessOf)),
      ),
      ...norms.map((norm): Series => {
        const byLength = lengths.map((_, n) => largest(norm).runs.map((run) => run.byLength[n]!));
        const named = { name: `length-${norm}`, label: normLabels[norm]! };
        return { ...seriesOfBars(named, byLength), x: lengths };
      }),
      ...norms.map((norm) =>
        seriesOfRuns(
          { name: `train-${norm}`, label: normLabels[norm]! },
          largest(norm).runs.map(({ excess }) => excess),
        ),
      ),
      ...policyRuns.map(({ policy, warm, runs }) =>
        seriesOfRuns(
          { name: `${warm ? "warm" : "cold"}-${policy}`, label: policyLabels[policy]! },
          runs.map(({ excess }) => excess),
        ),
      ),
    ],
    tables: [
      {
        name: "norms",
        label: text(
          "Excess loss in eval, nats a token, over the runs",
          "eval 模式的超出损失（奈特/词元），各次训练",
        ),
        columns: spreadColumns(text("norm", "归一化")),
        rows: normRuns.map((one) => spreadRow(normLabel(one), excessOf(one))),
      },
      {
        name: "places",
        label: text(
          "Excess loss at the end of training, nats a token, over the runs",
          "训练结束时的超出损失（奈特/词元），各次训练",
        ),
        columns: spreadColumns(text("place of the norm", "归一化的位置")),
        rows: policyRuns.map((one) => spreadRow(policyLabel(one), endsOf(one))),
      },
    ],
    findings: normsFindings(measured),
  };
}
