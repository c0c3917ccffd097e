/** Numbers as a case file holds them: flat, row-major. Booleans are 0 and 1, a scalar has shape []. */
export interface CaseTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type CaseTensors = Readonly<Record<string, CaseTensor>>;

/** One case file: a configuration, numbers in and the numbers that are to come out. */
export interface GoldenCase {
  /** Where the file lies, relative to the folder that was searched. */
  readonly path: string;
  /** As in the file, such as "attention/mha_self". */
  readonly name: string;
  /** The package it belongs to: the first part of the name, such as "attention". */
  readonly package: string;
  /** Paper or module that the numbers come from. */
  readonly source: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: CaseTensors;
  readonly weights: CaseTensors;
  readonly outputs: CaseTensors;
  /** Of sum(outputs.output · inputs.cotangent), or of the loss. Empty where none were computed. */
  readonly grads: { readonly inputs: CaseTensors; readonly weights: CaseTensors };
  readonly tolerance: { readonly abs: number; readonly rel: number };
}

/**
 * Reads a case file's text.
 *
 * @param path Relative to the folder that was searched.
 * @throws Error `part: expected …, got …` on anything malformed.
 */
export function parseCase(path: string, text: string): GoldenCase {
  const file = objectOf("the file", JSON.parse(text));
  const name = textOf("case", file.case);
  const grads = objectOf("grads", file.grads ?? {});
  const outputs = tensorsOf("outputs", file.outputs);
  if (Object.keys(outputs).length === 0) throw new Error("outputs: expected a tensor, got none");
  const tolerance = objectOf("tolerance", file.tolerance);
  return {
    path,
    name,
    package: name.includes("/") ? name.slice(0, name.indexOf("/")) : folderOf(path),
    source: textOf("source", file.source ?? ""),
    config: objectOf("config", file.config ?? {}),
    inputs: tensorsOf("inputs", file.inputs ?? {}),
    weights: tensorsOf("weights", file.weights ?? {}),
    outputs,
    grads: {
      inputs: tensorsOf("grads.inputs", grads.inputs ?? {}),
      weights: tensorsOf("grads.weights", grads.weights ?? {}),
    },
    tolerance: {
      abs: toleranceOf("tolerance.abs", tolerance.abs),
      rel: toleranceOf("tolerance.rel", tolerance.rel),
    },
  };
}

/** The folder that a file lies in, or "" at the top. */
export function folderOf(path: string): string {
  return path.split("/").at(-2) ?? "";
}

function expected(part: string, what: string, got: unknown): Error {
  return new Error(`${part}: expected ${what}, got ${JSON.stringify(got)?.slice(0, 80)}`);
}

function objectOf(part: string, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw expected(part, "an object", value);
  }
  return value as Record<string, unknown>;
}

function textOf(part: string, value: unknown): string {
  if (typeof value !== "string") throw expected(part, "a text", value);
  return value;
}

function toleranceOf(part: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= 0 && value < Infinity)) {
    throw expected(part, "a number of at least 0", value);
  }
  return value;
}

function tensorsOf(part: string, value: unknown): CaseTensors {
  const entries = Object.entries(objectOf(part, value));
  return Object.fromEntries(
    entries.map(([name, tensor]) => [name, tensorOf(`${part}.${name}`, tensor)]),
  );
}

function tensorOf(part: string, value: unknown): CaseTensor {
  const { shape, data } = objectOf(part, value);
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw expected(`${part}.shape`, "a list of sizes", shape);
  }
  if (!Array.isArray(data)) throw expected(`${part}.data`, "a list of numbers", data);
  const odd = data.findIndex((entry) => !Number.isFinite(entry));
  if (odd >= 0) throw expected(`${part}.data[${odd}]`, "a finite number", data[odd]);
  const size = shape.reduce((product: number, axis: number) => product * axis, 1);
  if (data.length !== size) {
    throw expected(`${part}.data`, `${size} numbers for shape [${shape.join(", ")}]`, data.length);
  }
  return { shape, data };
}
