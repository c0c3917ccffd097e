import { scalar, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import { composed } from "./kernel";
import { type Attribute, attributesFor, type NativeBackend } from "./native";

interface Inputs {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
  readonly gradientScale?: Tensor;
}

interface Attributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly stepSize: number;
  readonly secondCorrection: number;
  readonly keep: number;
  readonly skipNaN?: boolean;
}

/**
 * `TxAdamW` of @tx/ops by TensorFlow's ResourceApplyAdam, which goes once over the numbers where the
 * reference goes over them some thirteen times.
 *
 * It works on variables of TensorFlow's own, which tfjs-node has no other use for: three by a name that
 * no one else takes, filled for each update and read after it. They keep the numbers of the last update.
 * What was given stays as it was, with `overwrite` too: a variable that shares its numbers with a
 * tensor is copied by TensorFlow before it is changed.
 */
export const adamW = composed<Inputs, Attributes>(({ inputs, attrs, backend }) => {
  const { parameter, gradient, firstMoment, secondMoment, gradientScale } = inputs;
  const { beta1, beta2, eps, stepSize, secondCorrection, keep } = attrs;
  // ResourceApplyAdam takes every gradient: the call is left to the reference.
  if (attrs.skipNaN) return [];
  const { type, flag } = attributesFor(backend);
  const times = (a: Tensor, b: Tensor) => backend.executeSingleOutput("Mul", [type("T")], [a, b]);
  const kept = keep === 1 ? parameter : times(parameter, scalar(keep));
  const scaled = gradientScale ? times(gradient, gradientScale) : gradient;
  // It adds (1 − beta) of the difference to a moment, which for a beta of 0 leaves its rounding behind.
  const first = beta1 === 0 ? zerosLike(firstMoment) : firstMoment;
  const second = beta2 === 0 ? zerosLike(secondMoment) : secondMoment;
  const variables = ["parameter", "first", "second"].map((name) => variable(backend, name));
  for (const [n, value] of [kept, first, second].entries()) {
    const attributes = [type("dtype"), flag("validate_shape", false)];
    run(backend, "AssignVariableOp", attributes, [variables[n]!, value]);
  }
  // With both powers of beta 0 it does not correct the moments, which the host has done already:
  // stepSize · m / (secondCorrection · √v + eps).
  const numbers = [0, 0, stepSize / secondCorrection, beta1, beta2, eps / secondCorrection];
  run(
    backend,
    "ResourceApplyAdam",
    [type("T"), flag("use_locking", false), flag("use_nesterov", false)],
    [...variables, ...numbers.map((number) => scalar(number)), scaled],
  );
  return variables.map((one) =>
    backend.executeSingleOutput("ReadVariableOp", [type("dtype")], [one]),
  );
});

/** A handle of the variable of that name, which TensorFlow makes at the first call. */
function variable(backend: NativeBackend, name: string): Tensor {
  const { type, shape, text } = attributesFor(backend);
  // Of no fixed shape in truth: assignments are not validated against it.
  const attributes = [type("dtype"), shape("shape", []), text("container", "")];
  return backend.executeSingleOutput(
    "VarHandleOp",
    [...attributes, text("shared_name", `tx/adam-w/${name}`)],
    [],
  );
}

/** Runs an operation that has no result. */
function run(backend: NativeBackend, name: string, attributes: Attribute[], inputs: Tensor[]) {
  backend.executeMultipleOutputs(name, attributes, inputs, 0);
}
