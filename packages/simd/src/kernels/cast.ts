import { Cast, type CastAttrs, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { isNumberType, type NumberType, shared } from "../number-type";
import { onCpu, simdOrCpuKernel } from "../on-cpu";

/** Numbers of a unit. */
const BLOCK = 2048;
const NS_A_NUMBER = 0.4;

/** The assembly's number of each cast. */
const casts: Record<NumberType, Partial<Record<NumberType, number>>> = {
  float32: { int32: 0, bool: 4 },
  int32: { float32: 1, bool: 5 },
  bool: { float32: 2, int32: 3 },
};

/**
 * The same numbers as another dtype, without their fraction as int32. The cpu backend shares whole
 * numbers under the name of floats, which no kernel of ours could read.
 */
export function cast(backend: SimdBackend, x: TensorInfo, dtype: NumberType): TensorInfo {
  const which = casts[x.dtype as NumberType][dtype];
  if (which === undefined) return shared(backend, x);
  const from = backend.addressOf(x);
  const output = backend.output(x.shape, dtype);
  const size = util.sizeFromShape(x.shape);
  const args = [from, backend.addressOf(output), size, which];
  backend.run("cast", args, Math.ceil(size / BLOCK), size * NS_A_NUMBER);
  return output;
}

export const castKernels = [
  simdOrCpuKernel<{ x: TensorInfo }, CastAttrs>(Cast, ({ inputs: { x }, attrs, backend }) => {
    const { dtype } = attrs;
    if (!isNumberType(x.dtype)) return undefined;
    if (isNumberType(dtype)) return cast(backend, x, dtype);
    if (dtype !== "complex64") return undefined;
    const real = cast(backend, x, "float32");
    const complex = onCpu(Cast, { inputs: { x: real }, attrs, backend });
    backend.disposeIntermediateTensorInfo(real);
    return complex;
  }),
];
