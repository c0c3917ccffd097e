import type { LinesPlot, Results, Series, Text } from "../../experiment/experiment";
import { feedForwards, norms, type Part, positionals, residuals } from "../../playground/parts";
import type { LossPoint } from "../../playground/saved-session";
import { grouped, say } from "../language";
import { Figure } from "../parts/figure";
import { Scrolling } from "../parts/scrolling";
import { type RunView, remove, runs, show } from "./store";
import { words } from "./texts";

/** The curves of all runs over each other, and what each run is. */
export function LossCurves() {
  if (runs.value.length === 0) return null;
  const shown = runs.value.filter((run) => run.shown);
  const series = (kind: string, pick: (run: RunView) => readonly LossPoint[]): Series[] =>
    shown.map((run) => {
      const points = pick(run);
      return {
        name: `${kind}-${run.id}`,
        label: nameOf(run),
        x: points.map(([step]) => step),
        y: points.map(([, loss]) => loss),
      };
    });
  const all = [
    ...series("training", ({ losses }) => smoothed(losses)),
    ...series("held-out", ({ evaluations }) => evaluations),
  ];
  const results: Results = { numbers: [], series: all, findings: [] };
  const plot = (name: string, title: Text, marked: boolean): LinesPlot => ({
    ...{ kind: "lines", name, title, marked },
    x: { label: words.step, from: 0 },
    y: { label: words.loss },
    series: shown.map(({ id }) => `${name}-${id}`),
  });
  return (
    <section aria-labelledby="curves">
      <h2 id="curves">{say(words.curves)}</h2>
      <div class="figures">
        <Figure plot={plot("training", words.training, false)} results={results} />
        <Figure plot={plot("held-out", words.heldOut, true)} results={results} />
      </div>
      <RunTable />
    </section>
  );
}

function RunTable() {
  return (
    <Scrolling class="card wide" label={say(words.runs)}>
      <table>
        <caption class="unseen">{say(words.runs)}</caption>
        <thead>
          <tr>
            <th scope="col">{say(words.run)}</th>
            <th scope="col">{say(words.parameters)}</th>
            <th scope="col">{say(words.last)}</th>
            <th scope="col">{say(words.shown)}</th>
            <th scope="col">{say(words.remove)}</th>
          </tr>
        </thead>
        <tbody>
          {runs.value.map((run) => {
            const name = say(nameOf(run));
            return (
              <tr key={run.id}>
                <th scope="row">{name}</th>
                <td>{grouped(run.parameters)}</td>
                <td>{run.losses.at(-1)?.[1].toFixed(3) ?? "–"}</td>
                <td>
                  <input
                    type="checkbox"
                    checked={run.shown}
                    aria-label={`${say(words.shown)}: ${name}`}
                    onChange={({ currentTarget }) => show(run.id, currentTarget.checked)}
                  />
                </td>
                <td>
                  <button
                    type="button"
                    class="quiet small"
                    aria-label={`${say(words.remove)}: ${name}`}
                    onClick={() => remove(run.id)}
                  >
                    ×
                  </button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** A run by its number and its parts. */
function nameOf({ id, config }: RunView): Text {
  const labels = (tongue: keyof Text) => {
    const label = (parts: readonly Part[], value: string) =>
      parts.find((part) => part.value === value)?.label[tongue] ?? value;
    return [
      String(id),
      label(positionals, config.positional),
      label(norms, config.norm),
      label(feedForwards, config.feedForward),
      label(residuals, config.residual),
    ].join(" · ");
  };
  return { en: labels("en"), zh: labels("zh") };
}

/** A curve without its quick ups and downs, of no more points than a picture has room for. */
function smoothed(points: readonly LossPoint[], most = 250): LossPoint[] {
  const reach = Math.floor(points.length / 60);
  const every = Math.ceil(points.length / most);
  return points.flatMap(([step], n): LossPoint[] => {
    if (n % every !== 0 && n !== points.length - 1) return [];
    const some = points.slice(Math.max(0, n - reach), n + reach + 1);
    return [[step, some.reduce((sum, [, loss]) => sum + loss, 0) / some.length]];
  });
}
