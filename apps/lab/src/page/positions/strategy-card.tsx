import type { Induced } from "@tx/positional";
import type { DescribedStrategy } from "../described";
import { say } from "../language";
import { SmallCurve } from "../parts/small-curve";
import { SmallMap } from "../parts/small-map";

export interface StrategyCardProps {
  readonly strategy: DescribedStrategy;
  readonly induced: Induced | undefined;
  readonly chosen: boolean;
  onChoose(): void;
}

/** A strategy in small: its matrix for the first head, and the scores by distance. */
export function StrategyCard({ strategy, induced, chosen, onChoose }: StrategyCardProps) {
  return (
    <button type="button" class="card strategy" aria-pressed={chosen} onClick={onChoose}>
      <b>{say(strategy.name)}</b>
      <span class="thumbs">
        {induced && (
          <>
            <SmallMap rows={induced.scores[0]!} />
            <SmallCurve xs={induced.distances} curves={induced.byDistance} />
          </>
        )}
      </span>
    </button>
  );
}
