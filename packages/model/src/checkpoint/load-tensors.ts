import { dispose, type Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import {
  type HostTensor,
  hostTypeOf,
  hostTypeOfFile,
  type Module,
  stateOf,
  type TensorFile,
  toTensor,
} from "@tx/core";
import { type Shape, same, type TensorLink } from "./tensor-link";

export interface LoadTensorsOptions {
  /**
   * How the file's tensors belong to the module's variables, each of which is in one link. Default:
   * every variable by its own path.
   */
  links?: readonly TensorLink[];
  /** Which of the file's tensors are left out, such as buffers. Default: none. */
  ignore?(name: string): boolean;
  /** Called when tensors have been read, with the number of links done and that of all. */
  onProgress?(done: number, total: number): void;
}

/**
 * Sets a module's variables, those of `stateOf`, from a checkpoint, tensor after tensor: beside the
 * module itself no more is in memory than the tensors of one link.
 *
 * Before anything is assigned, names, shapes and types of all tensors are compared, and (when the
 * file was opened) its size with what its header says; where they do not fit, the module is as it
 * was. What remains is a disk or a connection that fails half-way, or a whole number that does not
 * fit: then the module is loaded in part, as a copy to go back to would cost a second model's
 * memory, and the error says so. Load into a new module and dispose it then, as `loadModel` does.
 *
 * @param file Stays open.
 * @throws Error (as a rejection) `name: expected …, got …` that lists all that is missing, unknown,
 *   of another shape or type at once; or that says which tensor could not be read. RangeError if
 *   links do not suit the module.
 */
export async function loadTensors(
  module: Module,
  file: TensorFile,
  { links, ignore = () => false, onProgress }: LoadTensorsOptions = {},
): Promise<void> {
  const own = stateOf(module);
  const all = links ?? [...own.keys()].map((path) => same(path));
  checkCovered(own, all);
  checkFile(own, all, file, ignore);
  const plan = inOrder(all, file);
  for (const [done, link] of plan.entries()) {
    try {
      await loadLink(own, link, file);
    } catch (cause) {
      const so = done === 0 ? "nothing was changed" : "the module is loaded in part";
      throw new Error(`${(cause as Error).message} (${so}: ${done} of ${plan.length} done)`, {
        cause,
      });
    }
    onProgress?.(done + 1, plan.length);
  }
}

/** Every variable in exactly one link. */
export function checkCovered(
  own: ReadonlyMap<string, Variable>,
  links: readonly TensorLink[],
): void {
  const linked = links.flatMap((link) => link.own);
  const once = new Set(linked);
  const again = linked.filter((path) => !once.delete(path));
  const known = new Set(linked);
  const problems = [
    ...listed(
      "no link for",
      [...own.keys()].filter((path) => !known.has(path)),
    ),
    ...listed(
      "unknown",
      [...known].filter((path) => !own.has(path)),
    ),
    ...listed("more than one for", again),
  ];
  if (problems.length > 0) {
    throw new RangeError(
      `links: expected each of the module's variables once, got ${problems.join("; ")}`,
    );
  }
}

function checkFile(
  own: ReadonlyMap<string, Variable>,
  links: readonly TensorLink[],
  { name, tensors }: TensorFile,
  ignore: (name: string) => boolean,
): void {
  const wanted = links.flatMap((link) => link.file);
  const known = new Set(wanted);
  const problems = [
    ...listed(
      "none at",
      [...known].filter((path) => !tensors.has(path)),
    ),
    ...listed(
      "unknown",
      [...tensors.keys()].filter((path) => !known.has(path) && !ignore(path)),
    ),
    ...links.flatMap((link) => {
      const variables = link.own.map((path) => own.get(path)!);
      const shapes = link.fileShapes(variables.map(({ shape }) => shape));
      const type = hostTypeOf(variables[0]!);
      return link.file.flatMap((path, n) => misfits(path, tensors.get(path), shapes[n]!, type));
    }),
  ];
  if (problems.length > 0) {
    throw new Error(`${name}: expected the module's own tensors, got ${problems.join("; ")}`);
  }
}

function misfits(
  path: string,
  got: ReturnType<TensorFile["tensors"]["get"]>,
  shape: Shape,
  type: HostTensor["dtype"] | undefined,
): string[] {
  if (!got) return [];
  const becomes = hostTypeOfFile(got.dtype);
  return [
    ...(got.shape.join() === shape.join()
      ? []
      : [`${path} of [${got.shape.join(", ")}] instead of [${shape.join(", ")}]`]),
    ...(becomes !== undefined && becomes === type
      ? []
      : [`${path} of ${got.dtype} instead of ${type}`]),
  ];
}

/** By where the first of each link's tensors lies in the file. */
function inOrder(links: readonly TensorLink[], { tensors }: TensorFile): TensorLink[] {
  const places = new Map([...tensors.keys()].map((name, place) => [name, place]));
  const placeOf = ({ file }: TensorLink) => Math.min(...file.map((name) => places.get(name)!));
  return [...links].sort((a, b) => placeOf(a) - placeOf(b));
}

async function loadLink(
  own: ReadonlyMap<string, Variable>,
  link: TensorLink,
  file: TensorFile,
): Promise<void> {
  const variables = link.own.map((path) => own.get(path)!);
  const tensors: Tensor[] = [];
  try {
    for (const name of link.file) tensors.push(toTensor(await file.read(name)));
    tidy(() => {
      const values = link.toOwn(
        tensors,
        variables.map(({ shape }) => shape),
      );
      for (const [n, variable] of variables.entries())
        variable.assign(checked(link, values[n], variable));
    });
  } finally {
    dispose(tensors);
  }
}

/** A link of the caller's own may be wrong. */
function checked(link: TensorLink, value: Tensor | undefined, variable: Variable): Tensor {
  if (value && value.shape.join() === variable.shape.join() && value.dtype === variable.dtype) {
    return value;
  }
  const got = value ? `${value.dtype} [${value.shape.join(", ")}]` : "none";
  throw new RangeError(
    `${link.own.join(", ")}: expected ${variable.dtype} [${variable.shape.join(", ")}] from the link, got ${got}`,
  );
}

const listed = (what: string, paths: readonly string[]): string[] =>
  paths.length > 0 ? [`${what} ${paths.join(", ")}`] : [];
