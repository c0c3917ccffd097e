import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Uniform, WebgpuBackend } from "./backend";
import { dispatch, inRow, int } from "./program";
import { sizeOf } from "./tensors";

const THREADS = 256;

/** What is done to each element of some tensors of one size. */
export interface Each {
  readonly name: string;
  readonly reads: Readonly<Record<string, TensorInfo | undefined>>;
  readonly writes: Readonly<Record<string, TensorInfo>>;
  readonly types?: Readonly<Record<string, string>>;
  readonly uniforms?: Readonly<Record<string, Uniform>>;
  /** Whose elements are counted. Default: those of the first tensor that is written. */
  readonly count?: TensorInfo;
  /** Functions that the body calls. */
  functions?(): string;
  /** Statements for element i. */
  readonly body: string;
}

/** Runs statements once for each element; the name stands for functions and body. */
export function forEach(backend: WebgpuBackend, each: Each): void {
  const size = sizeOf(each.count ?? Object.values(each.writes)[0]!);
  dispatch(backend, {
    ...each,
    uniforms: { ...each.uniforms, count: int(size) },
    threads: THREADS,
    groups: inRow(Math.ceil(size / THREADS)),
    code: () => `${each.functions?.() ?? ""}
fn main() {
  let i = groupOf() * ${THREADS} + i32(localIndex);
  if (i < uniforms.count) { ${each.body} }
}`,
  });
}
