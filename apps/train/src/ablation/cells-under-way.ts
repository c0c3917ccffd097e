import type { CellsReport } from "../terminal/cells-progress";

/** What tells one cell from the others, and how long it trains. */
interface Trained {
  readonly label: string;
  readonly seed: number;
  readonly config: { readonly steps: number };
}

interface Running {
  readonly name: string;
  /** Its first step in this call: those before were made in an earlier one. */
  readonly first: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

export const cellName = ({ label, seed }: Pick<Trained, "label" | "seed">): string =>
  `${label}, seed ${seed}`;

/** How far an ablation is, and how long it still takes at the pace so far. */
export class CellsUnderWay<Cell extends Trained> {
  readonly #running = new Map<Cell, Running>();
  /** Work that is done and was done in this call, in cells. */
  #worked = 0;
  #ended: number;
  readonly #started: number;

  /**
   * @param of Number of all cells.
   * @param open How many of them are not finished yet.
   * @param now Seconds since any moment.
   */
  constructor(
    private readonly of: number,
    open: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.#ended = of - open;
    this.#started = now();
  }

  step(cell: Cell, { step, loss }: { readonly step: number; readonly loss: number }): void {
    const first = this.#running.get(cell)?.first ?? step - 1;
    this.#running.set(cell, { name: cellName(cell), first, step, steps: cell.config.steps, loss });
  }

  end(cell: Cell): void {
    this.#worked += 1 - (this.#running.get(cell)?.first ?? 0) / cell.config.steps;
    this.#running.delete(cell);
    this.#ended += 1;
  }

  get report(): CellsReport {
    const running = [...this.#running.values()];
    const share = (of: (one: Running) => number) =>
      running.reduce((sum, one) => sum + of(one) / one.steps, 0);
    const worked = this.#worked + share(({ first, step }) => step - first);
    const left = this.of - this.#ended - share(({ step }) => step);
    const secondsLeft = worked > 0 ? ((this.now() - this.#started) / worked) * left : 0;
    return { ended: this.#ended, of: this.of, running, secondsLeft };
  }
}
