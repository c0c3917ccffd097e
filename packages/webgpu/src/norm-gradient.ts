import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "./backend";
import { dispatch, float, inRow, int } from "./program";
import { sumParts } from "./sum-parts";
import { made, rowsOf } from "./tensors";
import { INVERSE_ROOT } from "./wgsl";

interface Tensors {
  /** [..., width] */
  x: TensorInfo;
  /** [width] */
  gain: TensorInfo | undefined;
  /** The shape of x. */
  dy: TensorInfo;
}

interface Options {
  readonly eps: number;
  readonly hasBias: boolean;
  /** Whether the mean is taken off first: layer norm; else RMS norm. */
  readonly centred: boolean;
}

/** Threads that share a row. */
const THREADS = 64;
/** Workgroups that share the rows, where their sums are wanted; each row by itself else. */
const MAX_PARTS = 256;

/**
 * Gradients of layer norm and RMS norm: [dx, dGain?, dBias?]. Each workgroup takes some rows one after
 * another and, on the way, adds up what they say about gain and bias; a second program adds the parts.
 */
export function normGradient(
  backend: WebgpuBackend,
  { x, gain, dy }: Tensors,
  { eps, hasBias, centred }: Options,
): TensorInfo[] {
  const [rows, width] = rowsOf(x);
  const dx = made(backend, x.shape);
  const results = [...(gain ? [gain] : []), ...(hasBias ? [gain] : [])].map(() =>
    made(backend, [width]),
  );
  const share = results.length > 0 ? Math.ceil(rows / MAX_PARTS) : 1;
  const parts = Math.ceil(rows / share);
  const partial = results.length > 0 ? made(backend, [parts, results.length * width]) : undefined;
  dispatch(backend, {
    name: `normGradient${centred ? "Centred" : ""}${hasBias ? "Bias" : ""}`,
    reads: { x, gain, dy },
    writes: { dx, ...(partial && { partial }) },
    uniforms: { rows: int(rows), width: int(width), share: int(share), eps: float(eps) },
    threads: THREADS,
    reduces: "vec2<f32>",
    groups: inRow(parts),
    code: () => programCode(gain !== undefined, hasBias, centred),
  });
  if (partial) {
    sumParts(backend, partial, parts, results);
    backend.disposeData(partial.dataId);
  }
  return [dx, ...results];
}

function programCode(hasGain: boolean, hasBias: boolean, centred: boolean): string {
  const sums = [
    ...(hasGain ? ["dy[first + j] * value"] : []),
    ...(hasBias ? ["dy[first + j]"] : []),
  ];
  const add = sums.map(
    (sum, n) => `
        let at${n} = part * uniforms.width * ${sums.length} + ${n} * uniforms.width + j;
        if (r == 0) { partial[at${n}] = ${sum}; } else { partial[at${n}] += ${sum}; }`,
  );
  const d = hasGain ? "dy[first + j] * gain[j]" : "dy[first + j]";
  const everyColumn = (body: string) =>
    `for (var j = lane; j < uniforms.width; j += ${THREADS}) { ${body} }`;
  return `
${INVERSE_ROOT}
fn main() {
  let part = groupOf();
  let lane = i32(localIndex);
  let width = f32(uniforms.width);
  for (var r = 0; r < uniforms.share; r++) {
    let row = part * uniforms.share + r;
    // Rows beyond the last are not written; barriers want all threads nevertheless.
    let first = min(row, uniforms.rows - 1) * uniforms.width;
    var sum = vec2<f32>();
    ${centred ? everyColumn("sum.x += x[first + j];") : ""}
    let mean = ${centred ? "sumOfGroup(sum).x / width" : "0.0"};
    sum = vec2<f32>();
    ${everyColumn("let c = x[first + j] - mean; sum += vec2<f32>(c, c * c);")}
    let rest = sumOfGroup(sum) / width;
    let off = ${centred ? "rest.x" : "0.0"};
    let inverse = inverseRoot(off, rest.y);
    sum = vec2<f32>();
    ${everyColumn(`let d = ${d}; sum += vec2<f32>(d, d * (x[first + j] - mean - off) * inverse);`)}
    let means = sumOfGroup(sum) / width;
    if (row < uniforms.rows) {
      ${everyColumn(`
        let value = (x[first + j] - mean - off) * inverse;
        dx[first + j] = (${d}${centred ? " - means.x" : ""} - value * means.y) * inverse;${add.join("")}`)}
    }
  }
}`;
}
