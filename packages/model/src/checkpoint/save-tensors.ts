import { dispose, reshape, type Tensor, tidy } from "@tensorflow/tfjs-core";
import {
  hostTypeOf,
  type Module,
  stateOf,
  streamSafetensors,
  type TensorToWrite,
  toHost,
  type WritableType,
} from "@tx/core";
import { checkCovered } from "./load-tensors";
import { same, type TensorLink } from "./tensor-link";

export interface SaveTensorsOptions {
  /** As of `loadTensors`. Default: every variable by its own path. */
  links?: readonly TensorLink[];
  /**
   * Of float32 variables in the file. "F16" and "BF16" take half the room, and each number is
   * rounded to the nearest there is; past 65504, F16 has infinity only. Default "F32", exact.
   */
  dtype?: "F32" | "F16" | "BF16";
  /** Texts to keep beside the numbers. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a module's variables, those of `stateOf`, as one safetensors file, tensor after tensor:
 * beside the module itself no more is in memory than one of them.
 *
 * They are those of the moment of the call; training may go on meanwhile, for which then the old
 * numbers are kept until they are written.
 *
 * @param write Takes the file's bytes piece by piece, such as `writeWhole` of `@tx/core/node`.
 * @returns What write gives.
 * @throws RangeError (as a rejection) if a variable is neither float32 nor int32 nor bool, or links
 *   do not suit the module; nothing is written then. And whatever write throws.
 */
export async function saveTensors<T>(
  module: Module,
  write: (pieces: AsyncIterable<Uint8Array>) => Promise<T>,
  { links, dtype = "F32", metadata = {} }: SaveTensorsOptions = {},
): Promise<T> {
  const own = stateOf(module);
  const all = links ?? [...own.keys()].map((path) => same(path));
  checkCovered(own, all);
  const views: Tensor[] = tidy(() => [...own.values()].map(viewOf));
  const held = new Map([...own.keys()].map((path, n) => [path, views[n]!]));
  try {
    const tensors = all.flatMap((link) => tensorsOf(link, held, dtype));
    return await write(streamSafetensors(tensors, metadata));
  } finally {
    dispose(views);
  }
}

/** The same numbers, not copied; clone copies them on wasm in tfjs 4.22.0. */
const viewOf = (tensor: Tensor): Tensor => reshape(tensor, tensor.shape);

/** The file's tensors that a link makes. */
function tensorsOf(
  link: TensorLink,
  held: ReadonlyMap<string, Tensor>,
  dtype: "F32" | "F16" | "BF16",
): TensorToWrite[] {
  const own = link.own.map((path) => held.get(path)!);
  const shapes = link.fileShapes(own.map(({ shape }) => shape));
  const type = typeOf(link.own, own, dtype);
  return link.file.map((name, n) => ({
    name,
    dtype: type,
    shape: shapes[n]!,
    async data() {
      const value = tidy(() => viewOf(link.toFile(own)[n]!));
      try {
        return (await toHost(value)).data;
      } finally {
        value.dispose();
      }
    },
  }));
}

function typeOf(
  paths: readonly string[],
  own: readonly Tensor[],
  dtype: "F32" | "F16" | "BF16",
): WritableType {
  const type = hostTypeOf(own[0]!);
  if (type === undefined || own.some((tensor) => tensor.dtype !== own[0]!.dtype)) {
    const got = own.map((tensor) => tensor.dtype).join(", ");
    throw new RangeError(`${paths.join(", ")}: expected float32, int32 or bool, got ${got}`);
  }
  return type === "F32" ? dtype : type;
}
