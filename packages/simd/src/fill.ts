import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { bits, type SimdBackend } from "./backend";
import { bytesOf, type NumberType } from "./number-type";

/** Bytes of a unit. */
const BLOCK = 32_768;
const NS_A_BYTE = 0.04;

/** A new tensor with the same number everywhere. */
export function filled(
  backend: SimdBackend,
  shape: number[],
  value: number,
  dtype: NumberType,
): TensorInfo {
  const output = backend.output(shape, dtype);
  const bytes = util.sizeFromShape(shape) * bytesOf(dtype);
  const args = [backend.addressOf(output), bytes, patternOf(value, dtype)];
  backend.run("fill", args, Math.ceil(bytes / BLOCK), bytes * NS_A_BYTE);
  return output;
}

/** Four bytes that repeat: one number of four or four of one. */
function patternOf(value: number, dtype: NumberType): number {
  if (dtype === "float32") return bits(value);
  return dtype === "int32" ? value | 0 : Math.imul(value & 0xff, 0x01010101);
}
