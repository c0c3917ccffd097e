import { keep, type Scalar, stack, type Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import { globalNorm, type Optimizer } from "@tx/training";

/** Norms that one step was asked for, in plain numbers. */
export interface StepNorms {
  readonly weightNorm: number;
  /** Of the gradients before clipping, by layer. */
  readonly gradientNorms: Readonly<Record<string, number>>;
}

/** An optimizer whose gradients can be looked at on their way. */
export class WatchedOptimizer implements Optimizer {
  #asked = false;
  #norms: Promise<StepNorms> | null = null;

  constructor(
    private readonly inner: Optimizer,
    private readonly parameters: ReadonlyMap<string, Variable>,
  ) {}

  get steps(): number {
    return this.inner.steps;
  }

  /** Asks for the norms of the next step. */
  watch(): void {
    this.#asked = true;
  }

  /** The norms of the last step that was watched, once; null if there are none. */
  takeNorms(): Promise<StepNorms> | null {
    const norms = this.#norms;
    this.#norms = null;
    return norms;
  }

  step(gradients: ReadonlyMap<string, Tensor>, rate: number, gradientScale?: Scalar): void {
    this.inner.step(gradients, rate, gradientScale);
    if (!this.#asked) return;
    this.#asked = false;
    this.#norms = normsOf(gradients, this.parameters);
    // Awaited later; until then an error in it must not count as nobody's.
    this.#norms.catch(() => {});
  }

  state(): Map<string, Tensor> {
    return this.inner.state();
  }

  loadState(state: ReadonlyMap<string, Tensor>, steps: number): void {
    this.inner.loadState(state, steps);
  }

  dispose(): void {
    this.inner.dispose();
  }
}

/** The layer that a parameter belongs to: `decoder.blocks.3`, `decoder.norm` or `embedding`. */
export function layerOf(path: string): string {
  const block = /^(.*?\.\d+)\./.exec(path)?.[1];
  return block ?? /^((encoder|decoder)\.)?[^.]+/.exec(path)![0];
}

async function normsOf(
  gradients: ReadonlyMap<string, Tensor>,
  parameters: ReadonlyMap<string, Variable>,
): Promise<StepNorms> {
  const layers = new Map<string, Map<string, Tensor>>();
  for (const [path, gradient] of gradients) {
    const layer = layers.get(layerOf(path)) ?? new Map<string, Tensor>();
    layers.set(layerOf(path), layer.set(path, gradient));
  }
  const all = tidy(
    (): Tensor =>
      keep(
        stack([globalNorm(parameters), ...[...layers.values()].map((part) => globalNorm(part))]),
      ),
  );
  try {
    const [weightNorm, ...norms] = Array.from(await all.data());
    const names = [...layers.keys()];
    return {
      weightNorm: weightNorm!,
      gradientNorms: Object.fromEntries(names.map((name, n) => [name, norms[n]!])),
    };
  } finally {
    all.dispose();
  }
}
