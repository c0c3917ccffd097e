import type { PositionalConfig, Span } from "@tx/core";
import { Rope } from "./rope";
import { frequenciesOf, type ScaledRopeOptions, settleScaledRope } from "./rope-frequencies";
import type { RopeOptions } from "./rope-options";
import { followsLength, type SettledScaling } from "./rope-scaling";
import { type RotaryTableOptions, RotaryTables } from "./rotary-tables";

/**
 * Rotary positions for texts longer than those that a model was trained with.
 *
 * Scaling "dynamic-ntk", and "longrope" with two different lists, turn every query and key by the
 * length of the whole call, span.k.start + span.k.len: a cache then keeps keys as they were before,
 * and positions told one by one are refused, since the host does not know the length.
 */
export class ScaledRope extends Rope {
  override readonly relative: boolean;
  override readonly cacheKeys: "rotated" | "raw";
  private turned: RotaryTables | undefined;

  /**
   * @param scaling With its defaults.
   * @param table Of calls no longer than those trained with.
   * @param frequenciesAt Radians a position, one a pair of features, where they follow from the
   *   call's length.
   * @throws RangeError if an option makes no sense.
   */
  constructor(
    options: RopeOptions,
    readonly scaling: SettledScaling,
    private readonly table: RotaryTableOptions,
    private readonly frequenciesAt: ((span: Span) => readonly number[]) | undefined,
  ) {
    super(options, table);
    this.relative = !frequenciesAt;
    this.cacheKeys = frequenciesAt ? "raw" : "rotated";
  }

  /**
   * Tables of the call's length, where that matters; those of another length go.
   *
   * @throws RangeError for explicit positions then.
   */
  protected override tablesOf(span: Span): RotaryTables {
    const frequencies = this.frequenciesAt?.(span);
    if (!frequencies) return this.tables;
    const turnBy = (tables: RotaryTables) =>
      frequencies.every((frequency, pair) => frequency === tables.frequencies[pair]);
    if (turnBy(this.tables)) return this.tables;
    if (this.turned && turnBy(this.turned)) return this.turned;
    this.turned?.dispose();
    this.turned = new RotaryTables({ ...this.table, frequencies });
    return this.turned;
  }

  override toJSON(): PositionalConfig {
    return { ...super.toJSON(), scaling: this.scaling };
  }
}

/**
 * Rotary positions for texts longer than those that a model was trained with; see {@link ScaledRope}.
 * Without scaling those of {@link rope}. Apart from it, so that whoever does not scale does not carry
 * the code.
 *
 * @throws RangeError if an option makes no sense.
 */
export function scaledRope(options: ScaledRopeOptions): Rope | ScaledRope {
  const settled = settleScaledRope(options);
  const { scaling } = settled;
  if (!scaling) return new Rope(options);
  const { frequencies, attentionFactor } = frequenciesOf(settled);
  const frequenciesAt = (span: Span) =>
    frequenciesOf(settled, lengthOf(span, scaling.type)).frequencies;
  const table = { frequencies, scale: attentionFactor };
  const byLength = followsLength(scaling) ? frequenciesAt : undefined;
  return new ScaledRope(options, scaling, table, byLength);
}

/** @throws RangeError for explicit positions. */
function lengthOf({ q, k }: Span, type: string): number {
  const side = q.ids ? "q" : "k";
  const ids = q.ids ?? k.ids;
  if (ids) {
    throw new RangeError(
      `span.${side}.ids: expected none with ${type} scaling, which needs the length on the host, got [${ids.shape.join(", ")}]`,
    );
  }
  return k.start + k.len;
}
