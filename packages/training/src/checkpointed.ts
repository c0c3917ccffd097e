import {
  clone,
  dispose,
  engine,
  keep,
  type Tensor,
  tidy,
  Variable,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { Rng } from "@tx/core";
import { backwardWalk } from "./backward-walk";
import { gradientPath, inputsOf } from "./gradient-path";
import { onPassingTape, type TapeNode, withTape } from "./tape";

export interface CheckpointOptions {
  /**
   * The streams that f draws from, such as that of its dropout: computed again, it draws the same
   * numbers. Without them it would drop others, and gradients would be wrong.
   */
  rng?: Rng | readonly Rng[];
}

/**
 * A function that keeps nothing for its gradient but its inputs: the backward pass computes it once
 * more. So of a stack of blocks only each block's input is held, and the inside of one block at a
 * time, for about a third more work.
 *
 * Values and gradients are the same bit for bit, those of the variables that f uses too. Only where
 * one tensor is used several times inside and also outside may a sum round differently, as its terms
 * are added in another order.
 *
 * @param f Gives the same for the same inputs and streams, changes nothing, and takes the tensors that
 *   need a gradient as inputs, variables aside. Other tensors from outside, such as a table, are to
 *   live until the backward pass.
 * @returns The same function. Its backward pass throws an Error for a tensor that f takes from outside
 *   and that needs a gradient, or has been disposed.
 * @see Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost,
 *   https://arxiv.org/abs/1604.06174
 */
export function checkpointed<Inputs extends Tensor[], Output extends Tensor>(
  f: (...inputs: Inputs) => Output,
  { rng = [] }: CheckpointOptions = {},
): (...inputs: Inputs) => Output {
  const streams = "state" in rng ? [rng] : rng;
  return (...inputs) =>
    tidy(() => {
      const { gradientDepth, kernelDepth } = engine().state;
      // Where nothing is recorded there is nothing to spare.
      if (gradientDepth === 0 || kernelDepth > 0) return f(...inputs);
      return recorded((...held) => f(...(held as Inputs)), inputs, streams) as Output;
    });
}

/** A tensor from outside of f that leads to its value. */
interface Source {
  /** As the tape around knows it. */
  input: Tensor;
  /** As f uses it. */
  held: Tensor;
  /** Neither an input of f nor a variable. */
  captured: boolean;
}

type Compute = (...inputs: Tensor[]) => Tensor;

function recorded(f: Compute, inputs: readonly Tensor[], streams: readonly Rng[]): Tensor {
  const again = replayer(streams);
  // Clones also for the first run, so that it uses the very tensors that the second will.
  const held = inputs.map((input) => (input instanceof Variable ? input : keep(clone(input))));
  const saved = held.filter((tensor) => !(tensor instanceof Variable));
  try {
    const { value, nodes } = onPassingTape(() => f(...held));
    const sources = outsideOf(nodes, value).map((tensor): Source => {
      const input = inputs[held.indexOf(tensor)];
      const captured = !input && !(tensor instanceof Variable);
      return { input: input ?? tensor, held: tensor, captured };
    });
    if (sources.length === 0) {
      // A constant that f made, or a tensor that was there before: an input, say.
      const output = isMade(value, nodes) ? value : clone(inputs[held.indexOf(value)] ?? value);
      dispose(saved);
      return output;
    }
    const gradientsOf = (wanted: readonly Tensor[], dy: Tensor) =>
      again(() => gradientsAt(() => f(...held), wanted, dy));
    engine().state.activeTape.push(nodeOf(value, sources, saved, gradientsOf));
    return value;
  } catch (error) {
    dispose(saved);
    throw error;
  }
}

/** What stands on the tape in place of all the operations of f. */
function nodeOf(
  value: Tensor,
  sources: readonly Source[],
  saved: Tensor[],
  gradientsOf: (wanted: readonly Tensor[], dy: Tensor) => Tensor[],
): TapeNode {
  const named = new Map(sources.map((source, n) => [`${n}`, source]));
  // tfjs's backward pass does not say which it wants.
  const all = [...named].filter(([, { captured }]) => !captured).map(([name]) => name);
  return {
    id: engine().state.nextTapeNodeId++,
    kernelName: "Checkpointed",
    inputs: Object.fromEntries([...named].map(([name, { input }]) => [name, input])),
    outputs: [value],
    saved,
    gradient: (([dy]: Tensor[], names: readonly string[] = all) => {
      checkSources(names.map((name) => named.get(name)!));
      checkAlive(sources);
      const gradients = gradientsOf(
        names.map((name) => named.get(name)!.held),
        dy!,
      );
      return Object.fromEntries(names.map((name, n) => [name, () => gradients[n]!]));
    }) as NonNullable<TapeNode["gradient"]>,
  };
}

/** Runs f again, on a tape of its own, and walks back from its value. */
function gradientsAt(f: () => Tensor, wanted: readonly Tensor[], dy: Tensor): Tensor[] {
  return tidy(() =>
    withTape(f, (value, tape) => {
      const path = gradientPath(tape.nodes, wanted, value);
      const onPath = new Set(path.map(({ node }) => node));
      for (const node of tape.nodes) if (!onPath.has(node)) tape.release(node);
      const sums = backwardWalk(path, value, tape.release, dy);
      return wanted.map((tensor) => sums.take(tensor) ?? zerosLike(tensor));
    }),
  );
}

/** Remembers where streams are, to run a body from there; afterwards they are where they were. */
function replayer(streams: readonly Rng[]): <T>(body: () => T) => T {
  const starts = streams.map(({ state }) => state);
  return (body) => {
    const places = streams.map(({ state }) => state);
    const goTo = (states: readonly number[]) => {
      for (const [n, stream] of streams.entries()) stream.state = states[n]!;
    };
    goTo(starts);
    try {
      return body();
    } finally {
      goTo(places);
    }
  };
}

/** The tensors that operations read and did not make, as far as they lead to a value by floats. */
function outsideOf(nodes: readonly TapeNode[], value: Tensor): Tensor[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
  const read = nodes.flatMap((node) => inputsOf(node).map(([, input]) => input));
  const outside = new Map(
    read.filter(({ id }) => !made.has(id)).map((tensor) => [tensor.id, tensor]),
  );
  const leading = new Set(
    gradientPath(nodes, [...outside.values()], value).flatMap(({ inputs }) =>
      inputs.map(([, { id }]) => id),
    ),
  );
  return [...outside.values()].filter(({ id, dtype }) => leading.has(id) && dtype === "float32");
}

const isMade = ({ id }: Tensor, nodes: readonly TapeNode[]): boolean =>
  nodes.some(({ outputs }) => outputs.some((output) => output.id === id));

function checkSources(wanted: readonly Source[]): void {
  const captured = wanted.find((source) => source.captured);
  if (captured) {
    throw new Error(
      `checkpointed: expected what needs a gradient to be an input, got a tensor of [${captured.input.shape.join(", ")}] from outside`,
    );
  }
}

function checkAlive(sources: readonly Source[]): void {
  const lost = sources.find(({ held }) => held.isDisposed);
  if (lost) {
    throw new Error(
      `checkpointed: expected tensors from outside to be inputs or to live on, got one of [${lost.input.shape.join(", ")}] that is disposed`,
    );
  }
}
