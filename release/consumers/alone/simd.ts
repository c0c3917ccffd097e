import {
  getBackend,
  matMul,
  mean,
  setBackend,
  square,
  sub,
  type Tensor2D,
  tensor2d,
  tidy,
  variable,
} from "@tensorflow/tfjs-core";
import { registerGradients } from "@tx/ops";
import "@tx/simd";
import { descend } from "../descend";

export async function use(): Promise<void> {
  await setBackend("simd");
  registerGradients();
  const kernel = tidy(() => variable(tensor2d([0.1, -0.2, 0.3, 0.4], [2, 2])));
  const x = tensor2d([1, 2, 3, 4], [2, 2]);
  descend([kernel], () => mean(square(sub(matMul(x, kernel as unknown as Tensor2D), x))), 0.01);
  if (getBackend() !== "simd") throw new Error(`expected simd, got ${getBackend()}`);
}
