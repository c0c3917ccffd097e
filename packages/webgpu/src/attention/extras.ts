import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Uniform, WebgpuBackend } from "../backend";
import { forEach } from "../each";
import { int } from "../program";
import { sizeOf } from "../tensors";
import type { AttentionInputs } from "./call";

const names = ["bias", "maskDense", "maskQueryDocuments", "maskKeyDocuments", "maskKeys"] as const;
type Name = (typeof names)[number];

/** Bias and masks of a call in one buffer, of which a program has few. */
export interface Extras {
  readonly tensor: TensorInfo;
  readonly uniforms: Record<string, Uniform>;
  readonly areNone: boolean;
  /** Gives up the buffer, if it was made for this. */
  dispose(): void;
}

/** One of them is read where it lies; several are copied one after another into a buffer. */
export function extrasOf(backend: WebgpuBackend, inputs: AttentionInputs): Extras {
  const uniforms: Record<string, Uniform> = {};
  let size = 0;
  for (const name of names) {
    const tensor = inputs[name];
    uniforms[`${name}At`] = int(tensor ? size : ABSENT);
    Object.assign(uniforms, steps(name, tensor?.shape ?? []));
    if (tensor) size += sizeOf(tensor);
  }
  const given = names.flatMap((name) => inputs[name] ?? []);
  const [first] = given;
  if (!first || given.length === 1) {
    // Programs that read none of them leave out the buffer.
    const areNone = first === undefined;
    return { tensor: first ?? inputs.query, uniforms, areNone, dispose: () => {} };
  }
  const tensor = backend.makeTensorInfo([size], "int32");
  pack(backend, given, tensor);
  const dispose = () => void backend.disposeData(tensor.dataId);
  return { tensor, uniforms, areNone: false, dispose };
}

/** Where what is not there would be. */
const ABSENT = -1;

function pack(backend: WebgpuBackend, given: readonly TensorInfo[], packed: TensorInfo): void {
  const uniforms: Record<string, Uniform> = {};
  let first = 0;
  const take = given.map((tensor, n) => {
    uniforms[`first${n}`] = int(first);
    first += sizeOf(tensor);
    uniforms[`end${n}`] = int(first);
    return `if (i < uniforms.end${n}) { packed[i] = part${n}[i - uniforms.first${n}]; return; }`;
  });
  const parts = given.map((tensor, n) => [`part${n}`, tensor] as const);
  const types = Object.fromEntries(
    ["packed", ...parts.map(([name]) => name)].map((n) => [n, "u32"]),
  );
  forEach(backend, {
    name: "packExtras",
    reads: Object.fromEntries(parts),
    writes: { packed },
    types,
    uniforms,
    body: take.join("\n"),
  });
}

/** Steps of a tensor that broadcasts to [batch, heads, queries, keys]; 0 where it does. */
function steps(name: Name, shape: readonly number[]): Record<string, Uniform> {
  const whole = [...Array(4 - shape.length).fill(1), ...shape] as number[];
  const entries = ["Batch", "Head", "Query", "Key"].map((axis, n) => {
    const step = whole[n] === 1 ? 0 : util.sizeFromShape(whole.slice(n + 1));
    return [`${name}${axis}`, int(step)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * `isAllowed(b, h, i, j)` and `biasOf(b, h, i, j)`. Which of them are there is asked as the program
 * runs, the same for all threads: one program for each combination would have to be compiled.
 */
export function extrasCode(areNone: boolean): string {
  const at = (name: Name) =>
    `extra[uniforms.${name}At + b * uniforms.${name}Batch + h * uniforms.${name}Head + i * uniforms.${name}Query + j * uniforms.${name}Key]`;
  const masks = `
  if (uniforms.maskDenseAt >= 0) { if (${at("maskDense")} == 0u) { return false; } }
  if (uniforms.maskKeysAt >= 0) {
    if (extra[uniforms.maskKeysAt + b * uniforms.keys + j] == 0u) { return false; }
  }
  if (uniforms.maskKeyDocumentsAt >= 0) {
    if (extra[uniforms.maskQueryDocumentsAt + b * uniforms.queries + i] !=
      extra[uniforms.maskKeyDocumentsAt + b * uniforms.keys + j]) { return false; }
  }`;
  const bias = `
  if (uniforms.biasAt >= 0) { return bitcast<f32>(${at("bias")}); }`;
  return `
fn isAllowed(b: i32, h: i32, i: i32, j: i32) -> bool {
  if (i >= uniforms.queries || j >= uniforms.keys) { return false; }
  let ahead = j - (i + uniforms.keys - uniforms.queries);
  if (ahead > uniforms.after || ahead < -uniforms.before) { return false; }
  if (ahead > 0 && j >= uniforms.prefix) { return false; }${areNone ? "" : masks}
  return true;
}
fn biasOf(b: i32, h: i32, i: i32, j: i32) -> f32 {${areNone ? "" : bias}
  return 0.0;
}`;
}
