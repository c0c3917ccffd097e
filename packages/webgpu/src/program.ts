import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Uniform, WebgpuBackend } from "./backend";
import { enable, usesSubgroups } from "./features";
import { type Reduced, reductions } from "./wgsl";

/** One dispatch: a program and what it runs on. */
export interface Call {
  /** Names the code: whatever is pasted into it is part of the name. */
  readonly name: string;
  /** Declarations and `fn main()`; called only where the pipeline is not there yet. */
  code(): string;
  /** Tensors by the names that the code reads them by; undefined ones are left out. */
  readonly reads: Readonly<Record<string, TensorInfo | undefined>>;
  /** Tensors by the names that the code writes (and may read) them by; at least one. */
  readonly writes: Readonly<Record<string, TensorInfo>>;
  /** What an element is in WGSL, by name. Default: f32. */
  readonly types?: Readonly<Record<string, string>>;
  /** By the names of `uniforms.…`; at least one, and one of them is to be read. */
  readonly uniforms: Readonly<Record<string, Uniform>>;
  /** Threads of a workgroup. */
  readonly threads: number;
  /** What the code calls `sumOfGroup` and `maxOfGroup` with; see {@link reductions}. Default: neither. */
  readonly reduces?: Reduced;
  /** Workgroups along x, y and z. */
  readonly groups: readonly [number, number, number];
}

export const int = (value: number): Uniform => ({ type: "int32", data: [value] });
export const uint = (value: number): Uniform => ({ type: "uint32", data: [value >>> 0] });
export const float = (value: number): Uniform => ({ type: "float32", data: [value] });

/**
 * Runs a program through tfjs's WebGPU backend (4.22.0).
 *
 * The backend knows programs with one output, and compiles one for each pattern of shapes. Here its
 * own names for the tensors stay unused: the code declares the same bindings once more, as what they
 * are, so that a program writes as many tensors as it likes and never depends on a shape; one is
 * compiled for each name, and what is declared. Layouts of
 * bindings come from what the entry point really uses, so all that is declared must be used.
 */
export function dispatch(backend: WebgpuBackend, call: Call): void {
  const reads = Object.entries(call.reads).filter(hasTensor);
  const [first, ...others] = Object.entries(call.writes);
  const [, output] = first!;
  // Binding 0 is the backend's output, then come its inputs, then the uniforms.
  const bound = [first!, ...others, ...reads];
  const most = backend.device.limits.maxStorageBuffersPerShaderStage;
  if (bound.length > most) {
    throw new RangeError(`${call.name}: expected at most ${most} tensors, got ${bound.length}`);
  }
  const written = 1 + others.length;
  const declarations = bound.map(([name], n) => {
    const access = n < written ? "read_write" : "read";
    const type = call.types?.[name] ?? "f32";
    return `@group(0) @binding(${n}) var<storage, ${access}> ${name}: array<${type}>;`;
  });
  const uniforms = Object.entries(call.uniforms);
  const { reduces } = call;
  const bySubgroups = reduces !== undefined && usesSubgroups(backend.device);
  const shared = () => [
    ...(bySubgroups ? [enable(backend.device, "subgroups")] : []),
    PRELUDE,
    ...(reduces ? [reductions(call.threads, reduces, bySubgroups)] : []),
  ];
  const name = `tx_${call.name}${bySubgroups ? "_subgroups" : ""}`;
  const declared = uniforms.map(([name, { type }]) => `${name} : ${wgslTypes[type]}, `).join("");
  const key = [name, call.threads, ...declarations, declared].join("\n");
  backend.runWebGPUProgram(
    {
      constructor: { name },
      variableNames: bound.slice(1).map((_, n) => `unused${n}`),
      outputShape: [1],
      // The backend would add what its own declarations say of types and of the dispatch, which stay
      // unused here, and compile the same code once more for each.
      get shaderKey() {
        return key;
      },
      set shaderKey(_) {},
      workgroupSize: [call.threads, 1, 1],
      // Two axes for an output of one: the backend then adds no code of its own for coordinates.
      dispatchLayout: { x: [0], y: [0] },
      dispatch: [...call.groups],
      uniforms: declared,
      getUserCode: () => [...shared(), ...declarations, call.code()].join("\n"),
    },
    bound.slice(1).map(([, tensor]) => single(tensor)),
    output.dtype,
    uniforms.map(([, uniform]) => uniform),
    single(output),
  );
}

const wgslTypes = { int32: "i32", uint32: "u32", float32: "f32" };

/** A tensor as if of one number: pipelines are kept by shapes, uniforms hold them. */
function single({ dataId, dtype }: TensorInfo): TensorInfo {
  return { dataId, shape: [1], dtype };
}

function hasTensor(entry: [string, TensorInfo | undefined]): entry is [string, TensorInfo] {
  return entry[1] !== undefined;
}

/** Workgroups in a row, also where there are more than fit along one axis. */
export function inRow(count: number): [number, number, number] {
  const width = Math.min(count, MAX_ROW);
  return [width, Math.ceil(count / width), 1];
}

/** Within every device's limit of 65 535. */
const MAX_ROW = 32_768;

const PRELUDE = `
fn groupOf() -> i32 { return i32(workgroupId.y * numWorkgroups.x + workgroupId.x); }
`;
