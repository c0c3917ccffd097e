import { useState } from "preact/hooks";
import type { Values } from "../../experiment/experiment";
import { defaultsOf } from "../../experiment/values";
import { runConfigOf, runParameters } from "../../playground/run-config";
import { say } from "../language";
import { Fields } from "../parts/fields";
import { DeviceLine } from "../shell/device-choice";
import { ui } from "../texts";
import { AttentionPanel } from "./attention-panel";
import { FilePanel } from "./file-panel";
import { LivePanel } from "./live-panel";
import { LossCurves } from "./loss-curves";
import { stop, training, trainNew } from "./store";
import { TextPanel } from "./text-panel";
import { words } from "./texts";
import { learned } from "./texts-to-learn";
import { TrainingStatus } from "./training-status";
import { WritePanel } from "./write-panel";

/** The room where a reader trains a model of their own. */
export function PlaygroundPage() {
  const [values, setValues] = useState<Values>(chosen);
  const set = (next: Values) => {
    chosen = next;
    setValues(next);
  };
  return (
    <div class="room playground">
      <h1>{say(ui.playground)}</h1>
      <p class="lead">{say(words.lead)}</p>
      <DeviceLine />
      <TextPanel disabled={training.value} />
      <section class="card" aria-labelledby="parts">
        <h2 id="parts">{say(words.parts)}</h2>
        <Fields
          parameters={runParameters}
          values={values}
          onChange={(name, value) => set({ ...values, [name]: value })}
        />
        <div class="actions">
          {training.value ? (
            <button type="button" class="strong" onClick={stop}>
              {say(ui.stop)}
            </button>
          ) : (
            <button
              type="button"
              class="strong"
              onClick={() => trainNew(learned.value, runConfigOf(values))}
            >
              {say(words.train)}
            </button>
          )}
          <button type="button" class="quiet" onClick={() => set(defaults)}>
            {say(ui.reset)}
          </button>
        </div>
        <TrainingStatus />
      </section>
      <LossCurves />
      <LivePanel />
      <WritePanel />
      <AttentionPanel />
      <FilePanel />
    </div>
  );
}

const defaults = defaultsOf({ parameters: runParameters });
/** What is chosen outlives a visit to another room. */
let chosen: Values = defaults;
