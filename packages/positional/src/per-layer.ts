import { Module, type Positional, type PositionalConfig } from "@tx/core";
import { checkMembers, hasHook, shortest } from "./members";

/**
 * A strategy for each layer: layer n has entry n mod entries, so that
 * `perLayer([rope, rope, rope, nope])` rotates on three layers of four. An object that is listed more
 * than once is shared, weights and all; listed as objects of their own, layers have weights of their
 * own.
 *
 * It has no hooks itself: attention asks {@link PerLayer.forLayer} for those of the layer that it is
 * told. What is added to embeddings comes before all layers, so that no entry may do it: put such a
 * strategy beside this one, `combined([learned, perLayer([…])])`.
 *
 * @see Yang et al. 2025, Rope to Nope and Back Again, https://arxiv.org/abs/2501.18795
 */
export class PerLayer extends Module implements Positional {
  readonly kind = "per-layer";
  /** One entry a layer, then from the first again. */
  readonly strategies: readonly Positional[];
  /** Whether all entries claim it. */
  readonly relative: boolean;
  /** The shortest of the entries. */
  declare readonly maxLen?: number;

  /**
   * @throws RangeError if the list is empty, an entry adds to embeddings, or entries with memory keep
   *   different lengths of it.
   */
  constructor(strategies: readonly Positional[]) {
    super();
    checkMembers(strategies);
    const adding = strategies.find((strategy) => hasHook(strategy, "embed"));
    if (adding) {
      throw new RangeError(
        `strategies: expected none that adds to embeddings, which is done before the layers, got ${adding.kind}; combined([${adding.kind}, perLayer([…])]) does both`,
      );
    }
    const lengths = [...new Set(strategies.flatMap(({ memory }) => memory?.len ?? []))];
    if (lengths.length > 1) {
      throw new RangeError(
        `strategies: expected memories of one length, got ${lengths.join(" and ")}`,
      );
    }
    this.strategies = [...strategies];
    this.relative = strategies.every(({ relative }) => relative === true);
    Object.assign(this, shortest(strategies));
  }

  /** That of the first entry that has one; all keep the same length. */
  get memory(): Positional["memory"] {
    return this.strategies.find(({ memory }) => memory)?.memory;
  }

  /** @throws RangeError if layer is not a whole number from 0. */
  forLayer(layer: number): Positional {
    const entry = this.strategies[layer % this.strategies.length];
    if (!entry) throw new RangeError(`layer: expected a whole number from 0, got ${layer}`);
    return entry.forLayer?.(layer) ?? entry;
  }

  /**
   * Each strategy once, and the order in which the layers have them. Objects that are listed here and
   * inside an entry too come back as two.
   */
  toJSON(): PositionalConfig {
    const unique = [...new Set(this.strategies)];
    return {
      ...{ kind: this.kind, version: 1 },
      strategies: unique.map((strategy) => strategy.toJSON()),
      order: this.strategies.map((strategy) => unique.indexOf(strategy)),
    };
  }
}

/** A strategy for each layer; see {@link PerLayer}. */
export function perLayer(strategies: readonly Positional[]): PerLayer {
  return new PerLayer(strategies);
}
