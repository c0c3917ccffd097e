import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { HeatmapPlot, Results } from "../../experiment/experiment";
import type { AttentionMaps } from "../../playground/session-contract";
import { say } from "../language";
import { Figure } from "../parts/figure";
import { SmallMap } from "../parts/small-map";
import { call } from "../worker/engine";
import { current, event, sample } from "./store";
import { words } from "./texts";

/** A heat map's labels have room for no more. */
const MOST = 48;

/** Where each head of each layer looks in a sentence that the reader types. */
export function AttentionPanel() {
  const id = useId();
  const sentence = useRef<HTMLInputElement>(null);
  const [seen, setSeen] = useState<AttentionMaps>();
  const [at, setAt] = useState({ layer: 0, head: 0 });
  const known = current.value !== undefined;
  const step = sample.value?.step;

  const look = async () => {
    const text = sentence.current?.value.slice(0, MOST);
    if (!text) return;
    try {
      setSeen(await call("session.attention", text));
    } catch (error) {
      event.value = { what: "failed", reason: (error as Error).message };
    }
  };
  // Maps that are shown follow the training.
  useEffect(() => {
    if (seen && known) look();
  }, [step]);

  if (!known) return null;
  const map = seen?.maps[at.layer]?.[at.head];
  return (
    <section class="card" aria-labelledby="attention">
      <h2 id="attention">{say(words.attention)}</h2>
      <p class="soft">{say(words.attentionNote)}</p>
      <form
        class="asked"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          look();
        }}
      >
        <div class="field">
          <label for={id}>{say(words.sentence)}</label>
          <input
            {...{ id, ref: sentence, maxLength: MOST }}
            type="text"
            name="sentence"
            autocomplete="off"
          />
        </div>
        <button type="submit">{say(words.show)}</button>
      </form>
      {seen && (
        <div class="maps" style={{ "--heads": seen.maps[0]!.length }}>
          {seen.maps.flatMap((heads, layer) =>
            heads.map((rows, head) => (
              <button
                key={`${layer}-${head}`}
                type="button"
                class="map"
                aria-pressed={layer === at.layer && head === at.head}
                aria-label={say(words.mapOf(layer + 1, head + 1))}
                onClick={() => setAt({ layer, head })}
              >
                <SmallMap rows={rows} />
              </button>
            )),
          )}
        </div>
      )}
      {seen && map && <LargeMap {...{ at, map }} characters={seen.characters} />}
    </section>
  );
}

interface LargeMapProps {
  readonly at: { readonly layer: number; readonly head: number };
  readonly map: readonly (readonly number[])[];
  readonly characters: readonly string[];
}

function LargeMap({ at, map, characters }: LargeMapProps) {
  const title = words.mapOf(at.layer + 1, at.head + 1);
  const plot: HeatmapPlot = {
    ...{ kind: "heatmap", name: "attention", title, matrix: "attention" },
    ...{ x: words.key, y: words.query },
  };
  const values = map.map((row, query) => row.map((weight, key) => (key > query ? null : weight)));
  const matrix = { name: "attention", label: title, rows: characters, columns: characters, values };
  const results: Results = { numbers: [], series: [], matrices: [matrix], findings: [] };
  return <Figure plot={plot} results={results} />;
}
