import { slice, type Tensor2D, type Tensor3D } from "@tensorflow/tfjs-core";
import { and } from "@tx/attention";
import { checkShapes, type Mask, type Positional, type Span, spanOf } from "@tx/core";
import { detach } from "@tx/ops";
import { visiblePositions } from "@tx/positional";
import { type Inspection, tidyInspected } from "./inspection";
import { runStack, type Stack } from "./stack";

export interface SegmentOptions {
  /** bool [batch, earlier + seq]: false is padding, of the memory's tokens too. Default: none is. */
  visible?: Tensor2D | undefined;
  /** What each token may attend to among those before it, [.., seq, earlier + seq]. Default: all. */
  mask?: Mask | undefined;
  /** Where the tokens and the memory's sit. Default: the memory from 0 on, padding left out. */
  span?: Span | undefined;
  /** What is to be noted down. */
  inspect?: Inspection | undefined;
}

/** As a type, since tfjs's tidy takes no interface. */
export type SegmentResult = {
  /** [batch, seq, dModel] */
  output: Tensor3D;
  /** For the next segment: what each block read last, [batch, kept, dModel], without a gradient. */
  memory: Tensor3D[];
};

/** A segment through a causal stack; see Decoder.forwardSegment. */
export function forwardSegment(
  stack: Stack & { readonly positional: Positional | undefined },
  x: Tensor3D,
  before: readonly Tensor3D[] | undefined,
  { mask, span, inspect, ...options }: SegmentOptions,
): SegmentResult {
  const { positional } = stack;
  const keeps = positional?.memory;
  if (!positional || !keeps) {
    const got = positional ? positional.kind : "none";
    throw new RangeError(`positional: expected a strategy that keeps a memory, got ${got}`);
  }
  const { batch, seq, dModel } = checkShapes(["x", x, "batch seq dModel"]);
  const earlier = earlierTokens(stack, before, `${batch} earlier ${dModel}`);
  const { visible } = options;
  if (visible) checkShapes(["visible", visible, `${batch} ${earlier + seq}`]);
  return tidyInspected(inspect, () => {
    const own = visible && (slice(visible, [0, earlier], [-1, seq]) as Tensor2D);
    const causal = { causal: true, keys: visible };
    const call = {
      ...{ mask: mask ? and(mask, causal) : causal, visible: own, positional, inspect },
      span: span ?? spanWith(spanOf(seq, earlier + seq), visible),
    };
    const memory: Tensor3D[] = [];
    const callOf = (layer: number, stream: Tensor3D) => {
      const held = before?.[layer];
      memory.push(keeps.next(held ?? null, detach(stream)));
      return { ...call, layer, earlier: held };
    };
    const output = runStack(stack, x, { callOf, visible: own, inspect });
    return { output, memory };
  });
}

/** How many tokens the memory holds. */
function earlierTokens(
  { blocks }: Stack,
  before: readonly Tensor3D[] | undefined,
  shape: string,
): number {
  if (!before) return 0;
  if (before.length !== blocks.length) {
    throw new RangeError(`memory: expected one a block, ${blocks.length}, got ${before.length}`);
  }
  const named = before.map((held, n) => [`memory[${n}]`, held, shape] as const);
  return named.length > 0 ? checkShapes(...named).earlier! : 0;
}

function spanWith({ q, k }: Span, visible: Tensor2D | undefined): Span {
  if (!visible) return { q, k };
  const ids = visiblePositions(visible);
  const last = slice(ids, [0, k.len - q.len], [-1, q.len]) as Tensor2D;
  return { q: { ...q, ids: last }, k: { ...k, ids } };
}
