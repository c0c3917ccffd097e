import {
  Add,
  AddN,
  Concat,
  dispose,
  engine,
  getBackend,
  getKernel,
  Mean,
  Reshape,
  Slice,
  Sub,
  Sum,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";

/** What tfjs-core 4.22.0 notes of an operation; it does not export the type. */
export type TapeNode = ReturnType<typeof engine>["state"]["activeTape"][number];

/** The operations of a forward pass, first to last. */
export interface Tape {
  readonly nodes: readonly TapeNode[];
  /** Frees what an operation saved, once its gradient is taken or not needed. */
  release(node: TapeNode): void;
}

/**
 * Kernels whose gradients read the shapes of what they save, not the numbers: both our gradients
 * and tfjs's own. tfjs 4.22.0 keeps the numbers all the same until the backward pass; without
 * this a GPT would keep a third more. A tensor's shape outlives its numbers.
 */
const savedForShape = new Set<string>([Add, AddN, Concat, Mean, Reshape, Slice, Sub, Sum]);

/**
 * Runs a forward pass on tfjs's tape and hands the tape on; in the end frees all that its operations
 * saved, whether or not anything threw.
 *
 * Where an outer gradient is being taken the tape is the outer one's: `then` is recorded too, so
 * that it can be differentiated, and what was saved stays.
 *
 * This goes by tfjs-core 4.22.0's `engine().state`, whose own way in, `engine().gradients`, keeps
 * every saved tensor and every gradient on the way until the whole backward pass is done.
 */
export function withTape<Value, Result>(
  forward: () => Value,
  then: (value: Value, tape: Tape) => Result,
): Result {
  const { state } = engine();
  const before = state.activeTape;
  const nested = state.gradientDepth > 0;
  const nodes = nested ? before : leanTape();
  const first = nodes.length;
  try {
    const value = record(nodes, forward);
    return then(value, { nodes, release: nested ? () => {} : release });
  } finally {
    releaseLost(nodes, first);
    if (!nested) nodes.forEach(release);
  }
}

function record<Value>(nodes: TapeNode[], forward: () => Value): Value {
  const { state } = engine();
  const before = state.activeTape;
  state.activeTape = nodes;
  // tfjs 4.22.0 records while this is above 0.
  state.gradientDepth++;
  try {
    return tidy("forward", forward as () => Tensor) as Value;
  } finally {
    state.gradientDepth--;
    // A gradient inside the backward pass, as checkpointing takes, puts a tape of its own here; an
    // outer backward pass that is on its way still needs the one that was here.
    state.activeTape = before;
  }
}

/**
 * Runs a part of a forward pass on a tape of its own that keeps nothing of what is saved: it only
 * tells which operations there were.
 */
export function onPassingTape<Value extends Tensor>(
  forward: () => Value,
): { value: Value; nodes: readonly TapeNode[] } {
  const { state } = engine();
  const around = state.activeTape;
  const nodes = releasingTape(() => true);
  state.activeTape = nodes;
  try {
    return { value: tidy(forward), nodes };
  } finally {
    state.activeTape = around;
    releaseLost(nodes, 0);
  }
}

/** A tape that lets go at once of what is saved for its shape. */
const leanTape = () => releasingTape(({ kernelName }) => savedForShape.has(kernelName));

/** A tape that lets go at once of what some operations save. */
function releasingTape(lets: (node: TapeNode) => boolean): TapeNode[] {
  const nodes: TapeNode[] = [];
  const push = nodes.push.bind(nodes);
  nodes.push = (...added) => {
    for (const node of added) if (lets(node)) release(node);
    return push(...added);
  };
  return nodes;
}

function release({ saved }: TapeNode): void {
  if (saved) dispose(saved);
}

/**
 * Frees what was saved for operations that did not come about: tfjs 4.22.0 keeps the copies that a
 * custom gradient saves, and forgets them if its forward function throws afterwards.
 */
function releaseLost(nodes: readonly TapeNode[], first: number): void {
  const saved = new Set(nodes.flatMap((node) => node.saved ?? []));
  for (const node of nodes.slice(first)) {
    const [copy] = node.outputs;
    if (copy?.kept && isSaving(node) && !saved.has(copy)) copy.dispose();
  }
}

/** Copies made to be saved are on the tape by the name of the scope around, not of a kernel. */
function isSaving({ kernelName, inputs }: TapeNode): boolean {
  return inputs.x !== undefined && !getKernel(kernelName, getBackend());
}
