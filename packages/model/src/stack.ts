import { clone, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { checkComposes } from "@tx/attention";
import type { Positional } from "@tx/core";
import type { Block, BlockCall } from "./block";
import type { Inspection } from "./inspection";
import { type Norm, normedBy } from "./residual";

/** The parts that Encoder and Decoder share. */
export interface Stack {
  readonly blocks: readonly Block[];
  readonly norm: Norm | undefined;
}

export interface StackCall {
  /** What a block is told beside the stream that it reads. */
  callOf: (layer: number, stream: Tensor3D) => BlockCall;
  /** bool [batch, seq]: false for padding. */
  visible: Tensor2D | undefined;
  inspect: Inspection | undefined;
}

/** x [batch, seq, dModel] through all blocks and the last norm. Runs in a tidy. */
export function runStack(
  { blocks, norm }: Stack,
  x: Tensor3D,
  { callOf, visible, inspect }: StackCall,
): Tensor3D {
  let stream = x;
  for (let layer = 0; layer < blocks.length; layer++) {
    inspect?.hidden?.push(clone(stream));
    stream = blocks[layer]!.forward(stream, callOf(layer, stream));
  }
  const output = norm ? normedBy(norm, stream, visible) : stream;
  inspect?.hidden?.push(clone(output));
  return output;
}

/**
 * Tells at once of a strategy that some block's score function cannot take, which else the first pass
 * would.
 *
 * @throws RangeError as a block's attention would.
 */
export function checkStrategy(blocks: readonly Block[], positional: Positional | undefined): void {
  for (const [layer, { attention }] of blocks.entries()) {
    checkComposes(positional?.forLayer?.(layer) ?? positional, attention.score);
  }
}
