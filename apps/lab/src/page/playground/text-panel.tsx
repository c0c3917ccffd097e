import { useId } from "preact/hooks";
import { grouped, say } from "../language";
import { words } from "./texts";
import { learned, type Source, source, sources } from "./texts-to-learn";

/** The text that a model is to learn: a built-in one, pasted, or a file. */
export function TextPanel({ disabled }: { disabled: boolean }) {
  const [choice, area, file] = [useId(), useId(), useId()];
  const text = learned.value;
  const own = (given: string) => {
    source.value = "own";
    learned.value = given.replaceAll("\r\n", "\n");
  };
  return (
    <section class="card" aria-labelledby="text">
      <h2 id="text">{say(words.text)}</h2>
      <div class="fields">
        <div class="field">
          <label for={choice}>{say(words.source)}</label>
          <select
            {...{ id: choice, disabled, value: source.value }}
            onChange={({ currentTarget }) => {
              source.value = currentTarget.value as Source;
            }}
          >
            {sources.map((each) => (
              <option key={each} value={each}>
                {say(words[each])}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for={file}>{say(words.file)}</label>
          <input
            {...{ id: file, disabled }}
            type="file"
            accept="text/*,.txt,.md"
            onChange={async ({ currentTarget }) => {
              const chosen = currentTarget.files?.[0];
              if (chosen) own(await chosen.text());
            }}
          />
        </div>
      </div>
      <label class="unseen" for={area}>
        {say(words.edit)}
      </label>
      <textarea
        {...{ id: area, disabled, value: text }}
        rows={6}
        spellcheck={false}
        onInput={({ currentTarget }) => own(currentTarget.value)}
      />
      <p class="soft">
        {say(words.characters(grouped([...text].length), grouped(new Set(text).size)))}
      </p>
    </section>
  );
}
