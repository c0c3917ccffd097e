import type { CaseTensor, GoldenCase } from "./golden-case";
import type { Numbers, Produced } from "./kind";
import { NotMapped } from "./not-mapped";

/** Outputs that are ids, masks or table rows: whole numbers, to be met exactly. */
const WHOLE = /^(ids|greedy|sequences|mask|kept|bucket|relative_index)(_|$)/;

/** Compares everything a case file lists with what was computed: one sentence for each misfit. */
export function compareCase(golden: GoldenCase, produced: Produced): string[] {
  const counts = rowFilter(golden);
  const parts: [string, Readonly<Record<string, CaseTensor>>, Numbers][] = [
    ["outputs", golden.outputs, produced.outputs],
    ["grads.inputs", golden.grads.inputs, produced.grads?.inputs ?? {}],
    ["grads.weights", golden.grads.weights, produced.grads?.weights ?? {}],
  ];
  return parts.flatMap(([part, wanted, got]) =>
    Object.entries(wanted).flatMap(([name, tensor]) => {
      const whole = part === "outputs" && WHOLE.test(name);
      const tolerance = whole ? { abs: 0, rel: 0 } : golden.tolerance;
      const filter = part === "outputs" ? counts(tensor) : undefined;
      const misfit = compareTensor(tensor, got[name], tolerance, filter);
      return misfit === undefined ? [] : [`${part}.${name}${misfit}`];
    }),
  );
}

/**
 * The first entry outside |got - wanted| <= abs + rel · |wanted|, as text, or undefined if all fit.
 * NaN never fits.
 *
 * @param counts Whether the entry of a flat index is compared at all. Default: all are.
 */
export function compareTensor(
  { shape, data }: CaseTensor,
  got: ArrayLike<number> | undefined,
  { abs, rel }: GoldenCase["tolerance"],
  counts: (index: number) => boolean = () => true,
): string | undefined {
  if (got === undefined) return ": wanted a tensor, got none";
  if (got.length !== data.length) return `: wanted ${data.length} numbers, got ${got.length}`;
  const fits = (wanted: number, i: number) =>
    !counts(i) || Math.abs(got[i]! - wanted) <= abs + rel * Math.abs(wanted);
  const wrong = data.flatMap((wanted, i) => (fits(wanted, i) ? [] : [i]));
  const [first] = wrong;
  if (first === undefined) return undefined;
  const allowed = abs + rel * Math.abs(data[first]!);
  return (
    `[${axesOf(first, shape).join(", ")}]: wanted ${data[first]}, got ${got[first]}` +
    ` (allowed ±${allowed.toPrecision(3)}; ${wrong.length} of ${data.length} wrong)`
  );
}

/** The index along every axis of the entry at a flat index. */
export function axesOf(index: number, shape: readonly number[]): number[] {
  const axes: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    axes.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return axes;
}

/**
 * config.compareRows "input valid": only rows [batch, time] where that input is 1 count, in outputs
 * [batch, time, ...] and, for attention weights, [batch, heads, time, keys].
 */
function rowFilter(
  golden: GoldenCase,
): (tensor: CaseTensor) => ((index: number) => boolean) | undefined {
  const rule = golden.config.compareRows;
  if (rule === undefined) return () => undefined;
  const [, name = ""] = /^input (\w+)$/.exec(String(rule)) ?? [];
  const valid = golden.inputs[name];
  if (valid?.shape.length !== 2) {
    throw new NotMapped(`config.compareRows: expected "input NAME", got ${JSON.stringify(rule)}`);
  }
  const [batch, time] = valid.shape as [number, number];
  return ({ shape }) => {
    const timeAxis = shape.length === 4 ? 2 : 1;
    if (shape.length < 2 || shape[0] !== batch || shape[timeAxis] !== time) return undefined;
    return (index) => {
      const axes = axesOf(index, shape);
      return valid.data[axes[0]! * time + axes[timeAxis]!] === 1;
    };
  };
}
