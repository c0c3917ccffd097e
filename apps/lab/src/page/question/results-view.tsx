import type { Finding, Results, Table } from "../../experiment/experiment";
import { short, withUnit } from "../../experiment/format";
import { language, say } from "../language";
import { DataTable } from "../parts/data-table";
import { Figure } from "../parts/figure";
import { Words } from "../parts/words";
import { ui } from "../texts";
import type { Shown } from "../worker/calls";

/** What an experiment measured: findings, pictures, tables, numbers. */
export function ResultsView({ shown, complete }: { shown: Shown; complete: boolean }) {
  const { results, plots } = shown;
  const { findings, tables = [], numbers } = results;
  return (
    <section class="results" data-complete={complete}>
      <h3>{say(ui.results)}</h3>
      {complete && findings.length > 0 && <Findings findings={findings} />}
      <div class="figures">
        {plots.map((plot) => (
          <Figure key={plot.name} plot={plot} results={results} />
        ))}
      </div>
      {complete &&
        tables.map((table) => (
          <div class="card" key={table.name}>
            <h4>{say(table.label)}</h4>
            <DataTable caption={say(table.label)} {...plainTable(table)} />
          </div>
        ))}
      {complete && numbers.length > 0 && <Numbers numbers={numbers} />}
    </section>
  );
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <ul class="findings" aria-label={say(ui.findings)}>
      {findings.map(({ text, contradicts = false }) => (
        <li key={text.en} class={contradicts ? "contradicts" : ""}>
          {contradicts && <strong class="flag">{say(ui.contradicts)}</strong>}
          <span>
            <Words>{say(text)}</Words>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Numbers({ numbers }: Pick<Results, "numbers">) {
  return (
    <details class="card">
      <summary>{say(ui.allNumbers)}</summary>
      <DataTable
        caption={say(ui.allNumbers)}
        columns={[say(ui.numbersTable), say(ui.value)]}
        rows={numbers.map(({ label, value, unit }) => [
          say(label),
          withUnit(value, unit, { language: language.value, digits: 4 }),
        ])}
      />
    </details>
  );
}

const plainTable = ({ columns, rows }: Table) => ({
  columns: columns.map(say),
  rows: rows.map((row) =>
    row.map((cell) =>
      typeof cell === "number"
        ? short(cell)
        : typeof cell === "string"
          ? cell
          : cell[language.value],
    ),
  ),
});
