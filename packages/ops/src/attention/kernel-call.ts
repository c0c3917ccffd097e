import type { Tensor } from "@tensorflow/tfjs-core";
import { type KernelAttributes, type KernelInputs, runAlone } from "../run-kernel";
import type { Operands, Settings } from "./call";
import { type Mask, maskTensors } from "./mask";

/** The tensors of a call by the names of the contract, those of the mask included. */
export function inputsOf(operands: Operands, { mask }: Settings): KernelInputs {
  const { query, key, value, bias } = operands;
  if (!(mask.keys ?? mask.dense ?? mask.documents)) return { query, key, value, bias };
  return { ...operands, ...maskTensors(mask) };
}

/** The attributes of the contract; what is not given is absent. */
export function attributesOf(settings: Settings): KernelAttributes {
  const { mask, scale, dropout, layout, keyCount } = settings;
  const attributes: KernelAttributes = { layout, scale };
  addPlaces(attributes, mask);
  if (keyCount !== undefined) attributes.keyCount = keyCount;
  attributes.dropoutRate = dropout?.rate ?? 0;
  attributes.dropoutSeed = dropout?.seed ?? 0;
  return attributes;
}

/** Adds what a mask says by place alone; what is not given is absent, but for causal. */
export function addPlaces(attributes: KernelAttributes, mask: Mask): void {
  const { before, after } = mask.window ?? {};
  attributes.causal = mask.causal ?? false;
  if (before !== undefined) attributes.windowBefore = before;
  if (after !== undefined) attributes.windowAfter = after;
  if (mask.prefix !== undefined) attributes.prefix = mask.prefix;
}

/** The output by an engine's kernel alone, where that is to be; see {@link runAlone}. */
export function attendAlone(operands: Operands, settings: Settings): Tensor | undefined {
  const inputs = inputsOf(operands, settings);
  const made = runAlone<Tensor[]>("TxAttention", inputs, attributesOf(settings));
  if (!made) return undefined;
  const [output, logSumExp] = made as [Tensor, Tensor];
  logSumExp.dispose();
  return output;
}
