import type { CheckResult } from "@tx/positional/conformance";
import { useState } from "preact/hooks";
import { short } from "../../experiment/format";
import { say } from "../language";
import { DataTable } from "../parts/data-table";
import { call } from "../worker/engine";
import { outcomes, properties, words } from "./texts";

/** What the conformance kit says of a strategy, once it is asked. */
export function ConformanceTable({ entry }: { entry: number }) {
  const [results, setResults] = useState<readonly CheckResult[]>();
  const [state, setState] = useState<"" | "checking" | { problem: string }>("");
  const check = async () => {
    setState("checking");
    try {
      setResults(await call("conformance", entry));
      setState("");
    } catch (error) {
      setState({ problem: (error as Error).message });
    }
  };
  return (
    <section class="card" aria-labelledby="checks">
      <h3 id="checks">{say(words.checks)}</h3>
      <p class="soft">{say(words.checksNote)}</p>
      <div class="actions">
        <button type="button" disabled={state === "checking"} onClick={check}>
          {say(words.check)}
        </button>
        <span role="status" class="soft">
          {state === "checking" && say(words.checking)}
          {typeof state === "object" && say(words.failed(state.problem))}
        </span>
      </div>
      {results && (
        <DataTable
          caption={say(words.checks)}
          columns={[say(words.property), say(words.outcome), say(words.number)]}
          rows={results.map(({ name, status, detail }) => [
            say(properties[name] ?? { en: name, zh: name }),
            say(outcomes[status]!),
            largestOf(detail),
          ])}
        />
      )}
    </section>
  );
}

/** The numbers of the kit's sentences are differences, such as 1.2e-7. */
function largestOf(detail: string): string {
  const found = detail.match(/\d+(?:\.\d+)?e[+-]\d+/g) ?? [];
  return found.length === 0 ? "" : short(Math.max(...found.map(Number)), 2);
}
