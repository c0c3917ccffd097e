import { questions, strategies } from "virtual:lab";
import type { Induced } from "@tx/positional";
import { useEffect, useState } from "preact/hooks";
import type { Parameter, Values } from "../../experiment/experiment";
import { say } from "../language";
import { Fields } from "../parts/fields";
import { ExperimentPanel } from "../question/experiment-panel";
import { DeviceLine } from "../shell/device-choice";
import { ui } from "../texts";
import { call, generation } from "../worker/engine";
import { StrategyCard } from "./strategy-card";
import { StrategyView } from "./strategy-view";
import { words } from "./texts";

const parameters: readonly Parameter[] = [
  {
    ...{ kind: "number", name: "length", label: words.length },
    ...{ min: 4, max: 48, step: 1, default: 24 },
  },
  { ...{ kind: "number", name: "heads", label: words.heads }, min: 1, max: 8, step: 1, default: 4 },
  { ...{ kind: "number", name: "seed", label: words.seed }, min: 0, max: 99, step: 1, default: 1 },
];

/** The room of positional strategies: all side by side, and one large. */
export function PositionsPage() {
  const [values, setValues] = useState<Values>({ length: 24, heads: 4, seed: 1 });
  const [induced, setInduced] = useState<readonly (Induced | undefined)[]>([]);
  const [problem, setProblem] = useState<string>();
  const [chosen, setChosen] = useState(6);
  const sizes = {
    length: Number(values.length),
    heads: Number(values.heads),
    seed: Number(values.seed),
  };
  const { value: workers } = generation;

  useEffect(() => {
    let here = true;
    const lookAtAll = async () => {
      setProblem(undefined);
      for (const entry of strategies.keys()) {
        const one = await call("induced", { entry, start: 0, ...sizes });
        if (!here) return;
        setInduced((before) => Object.assign([...before], { [entry]: one }));
      }
    };
    // A slider tells of every place that it passes.
    const waiting = setTimeout(() => {
      lookAtAll().catch(({ message }: Error) => {
        if (here) setProblem(message);
      });
    }, 120);
    return () => {
      here = false;
      clearTimeout(waiting);
    };
  }, [sizes.length, sizes.heads, sizes.seed, workers]);

  const long = questions.find(({ question }) => question === 10);
  return (
    <div class="room positions">
      <h1>{say(ui.positions)}</h1>
      <p class="lead">{say(words.lead)}</p>
      <p class="soft">{say(words.colours)}</p>
      <section class="card">
        <Fields
          parameters={parameters}
          values={values}
          onChange={(name, value) => setValues({ ...values, [name]: value })}
        />
        <DeviceLine />
        <p class="problem" role="status">
          {problem && say(words.failed(problem))}
        </p>
      </section>
      <section aria-labelledby="all">
        <h2 id="all">{say(words.all)}</h2>
        <ul class="strategies" data-ready={strategies.every((_, entry) => induced[entry])}>
          {strategies.map((strategy, entry) => (
            <li key={strategy.code}>
              <StrategyCard
                strategy={strategy}
                induced={induced[entry]}
                chosen={entry === chosen}
                onChoose={() => {
                  setChosen(entry);
                  requestAnimationFrame(() => document.getElementById("closer")?.focus());
                }}
              />
            </li>
          ))}
        </ul>
      </section>
      <StrategyView
        key={chosen}
        entry={chosen}
        strategy={strategies[chosen]!}
        induced={induced[chosen]}
        sizes={sizes}
      />
      {long && (
        <section aria-labelledby="long">
          <h2 id="long">{say(words.long)}</h2>
          <p>{say(words.longNote)}</p>
          <ExperimentPanel described={long} />
        </section>
      )}
    </div>
  );
}
