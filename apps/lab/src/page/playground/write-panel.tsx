import { useId, useRef, useState } from "preact/hooks";
import type { Parameter, Values } from "../../experiment/experiment";
import { grouped, say } from "../language";
import { Fields } from "../parts/fields";
import { ui } from "../texts";
import { call, Stopped } from "../worker/engine";
import { current, event, sample } from "./store";
import { words } from "./texts";

const parameters: readonly Parameter[] = [
  {
    ...{ kind: "number", name: "temperature", label: words.temperature },
    ...{ min: 0, max: 1.5, step: 0.1, default: 0.8 },
  },
  {
    ...{ kind: "number", name: "characters", label: words.length },
    ...{ min: 20, max: 600, step: 20, default: 200 },
  },
];

/** What the model writes: as it trains, and when it is asked. */
export function WritePanel() {
  const prompt = useRef<HTMLInputElement>(null);
  const id = useId();
  const [values, setValues] = useState<Values>({ temperature: 0.8, characters: 200 });
  const [written, setWritten] = useState("");
  const [writing, setWriting] = useState<AbortController>();
  if (!current.value) return null;

  const write = async () => {
    const controller = new AbortController();
    setWriting(controller);
    const begin = prompt.current!.value;
    let text = begin;
    setWritten(text);
    const { temperature, characters } = values as Record<string, number>;
    const given = { temperature: temperature!, characters: characters!, prompt: begin };
    try {
      await call(
        "session.write",
        { ...given, seed: Math.floor(Math.random() * 1e9) },
        {
          signal: controller.signal,
          onTold: (character) => {
            text += character;
            setWritten(text);
          },
        },
      );
    } catch (error) {
      if (!(error instanceof Stopped)) {
        event.value = { what: "failed", reason: (error as Error).message };
      }
    } finally {
      setWriting(undefined);
    }
  };

  return (
    <section class="card" aria-labelledby="write">
      <h2 id="write">{say(words.write)}</h2>
      {sample.value && (
        <>
          <h3>
            {say(words.sample)}{" "}
            <span class="soft">{say(words.sampleAt(grouped(sample.value.step)))}</span>
          </h3>
          <pre class="text" data-sample={sample.value.step}>
            {sample.value.text}
          </pre>
        </>
      )}
      <div class="field">
        <label for={id}>{say(words.prompt)}</label>
        <input id={id} ref={prompt} type="text" name="prompt" autocomplete="off" />
      </div>
      <Fields
        parameters={parameters}
        values={values}
        onChange={(name, value) => setValues({ ...values, [name]: value })}
      />
      <div class="actions">
        {writing ? (
          <button type="button" onClick={() => writing.abort()}>
            {say(ui.stop)}
          </button>
        ) : (
          <button type="button" onClick={write}>
            {say(words.go)}
          </button>
        )}
      </div>
      {written && (
        <pre class="text" role="log" aria-label={say(words.written)} aria-busy={!!writing}>
          {written}
        </pre>
      )}
    </section>
  );
}
