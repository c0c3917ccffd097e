import {
  concat,
  reshape,
  split,
  stack,
  type Tensor,
  transpose,
  unstack,
} from "@tensorflow/tfjs-core";

/**
 * How tensors of a file and variables of a module belong together, for reading and for writing:
 * the file may name them otherwise, turn them around, or hold several as one.
 */
export interface TensorLink {
  /** Paths of variables. */
  readonly own: readonly string[];
  /** Names in the file. */
  readonly file: readonly string[];
  /**
   * The shapes that the file's tensors have.
   *
   * @param own Shapes of the variables.
   * @throws RangeError if they do not suit the link.
   */
  fileShapes(own: readonly Shape[]): Shape[];
  /**
   * Runs in a tidy.
   *
   * @param file The file's tensors, of the shapes that fileShapes told.
   * @param shapes Of the variables.
   * @returns Values for the variables.
   */
  toOwn(file: readonly Tensor[], shapes: readonly Shape[]): Tensor[];
  /** The way back, for writing. Runs in a tidy. */
  toFile(own: readonly Tensor[]): Tensor[];
}

export type Shape = readonly number[];

/** A variable as it is, if need be by another name. */
export function same(own: string, file = own): TensorLink {
  return {
    own: [own],
    file: [file],
    fileShapes: (shapes) => [...shapes],
    toOwn: (tensors) => [...tensors],
    toFile: (tensors) => [...tensors],
  };
}

/** A variable whose last two axes the file has the other way round, as torch's Linear. */
export function transposed(own: string, file: string): TensorLink {
  return {
    own: [own],
    file: [file],
    fileShapes: (shapes) => shapes.map(turnedShape),
    toOwn: (tensors) => tensors.map(turned),
    toFile: (tensors) => tensors.map(turned),
  };
}

export interface SideBySide {
  /** The axis, as the module has it; negative counts from the end. Default -1. */
  axis?: number;
  /** Whether the file has the last two axes the other way round. Default false. */
  transposed?: boolean;
}

/** Several variables side by side in one tensor of the file, as GPT-2's query, key and value. */
export function fused(
  own: readonly string[],
  file: string,
  { axis = -1, transposed = false }: SideBySide = {},
): TensorLink {
  const turn = transposed ? turned : (tensor: Tensor) => tensor;
  return {
    own,
    file: [file],
    fileShapes(shapes) {
      const whole = joinedShape(shapes, axis, own);
      return [transposed ? turnedShape(whole) : whole];
    },
    toOwn([tensor], shapes) {
      const sizes = shapes.map((shape) => shape.at(axis)!);
      const at = axisOf(axis, shapes[0]!);
      return sizes.length === 1 ? [turn(tensor!)] : split(turn(tensor!), sizes, at);
    },
    toFile: (tensors) => [turn(concat([...tensors], axisOf(axis, tensors[0]!.shape)))],
  };
}

export interface Parts extends SideBySide {
  /** Sizes of the parts along the axis. Default: equal ones. */
  sizes?: readonly number[];
}

/** A variable that the file has in parts, such as a gate and what it gates. */
export function inParts(
  own: string,
  file: readonly string[],
  { axis = -1, transposed = false, sizes }: Parts = {},
): TensorLink {
  const turn = transposed ? turned : (tensor: Tensor) => tensor;
  const sizesOf = (shape: Shape) => partsOf(own, shape.at(axis) ?? 0, file.length, sizes);
  return {
    own: [own],
    file,
    fileShapes([shape]) {
      const at = axisOf(axis, shape!);
      const parts = sizesOf(shape!).map((size) => withSize(shape!, at, size));
      return transposed ? parts.map(turnedShape) : parts;
    },
    toOwn: (tensors, [shape]) => [concat(tensors.map(turn), axisOf(axis, shape!))],
    toFile([tensor]) {
      const sizes = sizesOf(tensor!.shape);
      const parts =
        sizes.length === 1 ? [tensor!] : split(tensor!, sizes, axisOf(axis, tensor!.shape));
      return parts.map(turn);
    },
  };
}

/** A variable whose first axis the file has as tensors of their own, such as experts. */
export function stacked(
  own: string,
  file: readonly string[],
  { transposed = false }: Pick<SideBySide, "transposed"> = {},
): TensorLink {
  const turn = transposed ? turned : (tensor: Tensor) => tensor;
  return {
    own: [own],
    file,
    fileShapes([shape]) {
      if (shape![0] !== file.length) {
        throw new RangeError(`${own}: expected ${shape![0]} names, got ${file.length}`);
      }
      const one = shape!.slice(1);
      return file.map(() => (transposed ? turnedShape(one) : one));
    },
    toOwn: (tensors) => [stack(tensors.map(turn))],
    toFile: ([tensor]) => unstack(tensor!).map(turn),
  };
}

/** The two ways of a change that keeps shapes, such as another order of rows. */
export interface Change {
  /** From the file's order to the variable's. */
  toOwn(tensor: Tensor): Tensor;
  /** And back. */
  toFile(tensor: Tensor): Tensor;
}

/** A link whose variables are changed besides, each in the same way and keeping its shape. */
export function changed(link: TensorLink, { toOwn, toFile }: Change): TensorLink {
  return {
    ...link,
    toOwn: (file, shapes) => link.toOwn(file, shapes).map(toOwn),
    toFile: (own) => link.toFile(own.map(toFile)),
  };
}

/** A variable that the file has with axes of size 1 more or fewer, or otherwise in another shape. */
export function reshaped(own: string, file: string, shape: (own: Shape) => Shape): TensorLink {
  return {
    own: [own],
    file: [file],
    fileShapes: (shapes) => shapes.map(shape),
    toOwn: (tensors, shapes) => tensors.map((tensor, n) => reshape(tensor, [...shapes[n]!])),
    toFile: (tensors) => tensors.map((tensor) => reshape(tensor, [...shape(tensor.shape)])),
  };
}

function axisOf(axis: number, { length }: Shape): number {
  const at = axis < 0 ? length + axis : axis;
  if (Number.isInteger(at) && at >= 0 && at < length) return at;
  throw new RangeError(`axis: expected one of ${length} axes, got ${axis}`);
}

const turned = (tensor: Tensor): Tensor => transpose(tensor, turnedShape([...tensor.shape.keys()]));

function turnedShape(shape: Shape): number[] {
  if (shape.length < 2) {
    throw new RangeError(`transposed: expected at least two axes, got [${shape.join(", ")}]`);
  }
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

function joinedShape(shapes: readonly Shape[], axis: number, own: readonly string[]): number[] {
  const [first = [], ...others] = shapes;
  const at = axisOf(axis, first);
  const rest = (shape: Shape) => withSize(shape, at, 0).join();
  if (others.some((shape) => rest(shape) !== rest(first))) {
    const got = shapes.map((shape) => `[${shape.join(", ")}]`).join(", ");
    throw new RangeError(`${own.join(", ")}: expected shapes equal but for axis ${at}, got ${got}`);
  }
  return withSize(
    first,
    at,
    shapes.reduce((sum, shape) => sum + shape[at]!, 0),
  );
}

const withSize = (shape: Shape, axis: number, size: number): number[] =>
  shape.map((n, at) => (at === axis ? size : n));

function partsOf(own: string, size: number, count: number, given?: readonly number[]): number[] {
  const sizes = given ?? Array.from({ length: count }, () => size / count);
  const sum = sizes.reduce((total, n) => total + n, 0);
  if (sizes.length !== count || sum !== size || !sizes.every(Number.isInteger)) {
    throw new RangeError(`${own}: expected ${count} parts of ${size}, got ${sizes.join(", ")}`);
  }
  return [...sizes];
}
