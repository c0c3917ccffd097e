import { useState } from "preact/hooks";
import type { Values } from "../../experiment/experiment";
import { runParameters, valuesOf } from "../../playground/run-config";
import type { Change } from "../../playground/session-contract";
import { say } from "../language";
import { Fields } from "../parts/fields";
import { change, current, goOn, training } from "./store";
import { words } from "./texts";
import { learned } from "./texts-to-learn";

const changeable = ["positional", "schedule", "rate"];
const liveParameters = runParameters.filter(({ name }) => changeable.includes(name));
const stepsParameter = runParameters.filter(({ name }) => name === "steps");

/** What may change in the run that there is, while it trains and after. */
export function LivePanel() {
  const [steps, setSteps] = useState<Values>({});
  const facts = current.value;
  if (!facts) return null;
  const wanted = Number(steps.steps ?? facts.config.steps + 500);
  return (
    <section class="card" aria-labelledby="live">
      <h2 id="live">{say(words.live)}</h2>
      <p class="soft">{say(words.liveNote)}</p>
      <Fields
        parameters={liveParameters}
        values={valuesOf(facts.config)}
        onChange={(name, value) => {
          // A slider tells of every place that it passes.
          clearTimeout(waiting);
          waiting = setTimeout(
            () => change({ [name]: value } as Change),
            name === "rate" ? 150 : 0,
          );
        }}
      />
      {!training.value && (
        <div class="more">
          <Fields
            parameters={stepsParameter.map((one) => ({ ...one, label: words.more }))}
            values={{ steps: Math.min(5000, wanted) }}
            onChange={(name, value) => setSteps({ [name]: value })}
          />
          <button
            type="button"
            disabled={wanted <= facts.steps}
            onClick={() => goOn(learned.value, Math.min(5000, wanted))}
          >
            {say(words.goOn)}
          </button>
        </div>
      )}
    </section>
  );
}

let waiting: ReturnType<typeof setTimeout> | undefined;
