import { useEffect, useRef, useState } from "preact/hooks";
import type { Parameter, Values } from "../../experiment/experiment";
import { defaultsOf, parseValue } from "../../experiment/values";
import type { DescribedExperiment } from "../described";
import { say } from "../language";
import { Fields } from "../parts/fields";
import { ProgressBar } from "../parts/progress-bar";
import { setAddress, settingsOfAddress } from "../route";
import { DeviceLine } from "../shell/device-choice";
import { ui } from "../texts";
import type { ExperimentTold, Shown } from "../worker/calls";
import { call, Stopped } from "../worker/engine";
import { ResultsView } from "./results-view";

/** How a run stands. */
type State =
  | { readonly at: "start" }
  | { readonly at: "running"; readonly told?: ExperimentTold }
  | { readonly at: "done"; readonly seconds: string }
  | { readonly at: "stopped" }
  | { readonly at: "failed"; readonly reason: string };

const seedParameter = {
  ...{ kind: "number" as const, name: "seed", label: ui.seed },
  ...{ min: 0, max: 99, step: 1, default: 1 },
};

/** An experiment to set, run, watch and stop, and what came of it. */
export function ExperimentPanel({ described }: { described: DescribedExperiment }) {
  const { id, parameters, seconds } = described;
  const fields = [...parameters, seedParameter];
  const defaults = defaultsOf({ parameters: fields });
  const [values, setValues] = useState<Values>(() => ({ ...defaults, ...fromAddress(fields) }));
  const set = (next: Values) => {
    setValues(next);
    const changed = Object.entries(next).filter(([name, value]) => value !== defaults[name]);
    setAddress(Object.fromEntries(changed.map(([name, value]) => [name, String(value)])));
  };
  const [state, setState] = useState<State>({ at: "start" });
  const [shown, setShown] = useState<Shown>();
  const stop = useRef<AbortController | undefined>(undefined);
  // Whoever leaves the page does not wait for the result.
  useEffect(() => () => stop.current?.abort(), []);

  const run = async () => {
    const controller = new AbortController();
    stop.current = controller;
    setState({ at: "running" });
    setShown(undefined);
    const { seed, ...given } = values;
    const began = performance.now();
    try {
      const result = await call(
        "experiment",
        { id, values: given, seed: Number(seed) },
        {
          signal: controller.signal,
          onTold: (told) => {
            setState({ at: "running", told });
            if (told.partial) setShown(told.partial);
          },
        },
      );
      setShown(result);
      const took = (performance.now() - began) / 1000;
      setState({ at: "done", seconds: took.toFixed(took < 10 ? 1 : 0) });
    } catch (error) {
      if (error instanceof Stopped) setState({ at: "stopped" });
      else setState({ at: "failed", reason: (error as Error).message });
    }
  };

  const running = state.at === "running";
  return (
    <section class="experiment" aria-labelledby={`experiment-${id}`} data-state={state.at}>
      <h2 id={`experiment-${id}`}>{say(ui.experiment)}</h2>
      <div class="card bench">
        <Fields
          parameters={fields}
          values={values}
          disabled={running}
          onChange={(name, value) => set({ ...values, [name]: value })}
        />
        <div class="actions">
          {running ? (
            <button type="button" class="strong" onClick={() => stop.current?.abort()}>
              {say(ui.stop)}
            </button>
          ) : (
            <button type="button" class="strong" onClick={run}>
              {say(state.at === "start" ? ui.run : ui.runAgain)}
            </button>
          )}
          <button type="button" class="quiet" disabled={running} onClick={() => set(defaults)}>
            {say(ui.reset)}
          </button>
          <span class="soft">{say(ui.about(seconds))}</span>
        </div>
        {running && <ProgressBar told={state.told} />}
        <p class={state.at === "failed" ? "problem" : "soft"} role="status">
          {statusOf(state)}
        </p>
        <DeviceLine />
      </div>
      {shown && <ResultsView shown={shown} complete={state.at === "done"} />}
    </section>
  );
}

/** The settings that the address brings, as far as the parameters allow them. */
function fromAddress(parameters: readonly Parameter[]): Values {
  const written = settingsOfAddress();
  const found = parameters.flatMap((parameter) => {
    const text = written.get(parameter.name);
    if (text === null) return [];
    try {
      return [[parameter.name, parseValue(parameter, text)] as const];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(found);
}

function statusOf(state: State): string {
  switch (state.at) {
    case "start":
      return "";
    case "running":
      return say(ui.running);
    case "done":
      return say(ui.finished(state.seconds));
    case "stopped":
      return say(ui.stopped);
    case "failed":
      return say(ui.failed(state.reason));
  }
}
