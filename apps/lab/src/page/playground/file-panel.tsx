import { useId } from "preact/hooks";
import { say } from "../language";
import { current, load, save, training } from "./store";
import { words } from "./texts";

/** The model to the reader's disk and back. */
export function FilePanel() {
  const id = useId();
  return (
    <section class="card" aria-labelledby="file">
      <h2 id="file">{say(words.model)}</h2>
      <p class="soft">{say(words.fileNote)}</p>
      <div class="actions">
        <button type="button" disabled={!current.value} onClick={save}>
          {say(words.save)}
        </button>
        <label for={id}>{say(words.load)}</label>
        <input
          id={id}
          type="file"
          name="model"
          accept=".safetensors"
          disabled={training.value}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.files?.[0];
            if (chosen) load(chosen);
            currentTarget.value = "";
          }}
        />
      </div>
      {!current.value && <p class="soft">{say(words.noModel)}</p>}
    </section>
  );
}
