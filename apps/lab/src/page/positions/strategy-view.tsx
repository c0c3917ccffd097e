import type { Induced } from "@tx/positional";
import { useEffect, useState } from "preact/hooks";
import type { DescribedStrategy } from "../described";
import { say } from "../language";
import { Figure } from "../parts/figure";
import { call, generation } from "../worker/engine";
import { ConformanceTable } from "./conformance-table";
import { type Pictures, picturesOf, shiftedPicture } from "./pictures";
import { words } from "./texts";

export interface StrategyViewProps {
  readonly entry: number;
  readonly strategy: DescribedStrategy;
  readonly induced: Induced | undefined;
  readonly sizes: { readonly length: number; readonly heads: number; readonly seed: number };
}

/** How far positions are shifted. */
const SHIFT = 64;

/** One strategy at large: its matrices, its curves, what a shift does, what the kit says. */
export function StrategyView({ entry, strategy, induced, sizes }: StrategyViewProps) {
  const [shifted, setShifted] = useState<Induced>();
  const { value: workers } = generation;
  useEffect(() => {
    let here = true;
    const look = async () => {
      const found = await call("induced", { entry, ...sizes, start: SHIFT });
      if (here) setShifted(found);
    };
    // What the matrices cannot be had for, their own part of the page says.
    look().catch(() => setShifted(undefined));
    return () => {
      here = false;
    };
  }, [entry, sizes.length, sizes.heads, sizes.seed, workers]);

  const { name, says, code, paper } = strategy;
  return (
    <section class="closer" aria-labelledby="closer">
      <h2 id="closer" tabIndex={-1}>
        {say(name)}
      </h2>
      <p>
        {say(says)}{" "}
        {paper && (
          <a href={paper.link} rel="noreferrer" lang="en">
            {paper.name}
          </a>
        )}
      </p>
      <p>
        <code>{code}</code>
      </p>
      {induced && <AllFigures {...picturesOf(induced)} />}
      {induced && shifted && (
        <>
          <AllFigures {...shiftedPicture(induced, shifted, SHIFT)} />
          <p class="soft">{say(words.shiftNote)}</p>
        </>
      )}
      <ConformanceTable entry={entry} />
    </section>
  );
}

function AllFigures({ plots, results }: Pictures) {
  return (
    <div class="figures">
      {plots.map((plot) => (
        <Figure key={plot.name} plot={plot} results={results} />
      ))}
    </div>
  );
}
