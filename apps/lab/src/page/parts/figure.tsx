import { useState } from "preact/hooks";
import type { Plot, Results } from "../../experiment/experiment";
import { language, say } from "../language";
import { ui } from "../texts";
import { DataTable } from "./data-table";
import { Picture } from "./picture";
import { tableOf } from "./plot-table";
import { Words } from "./words";

/** A plot with its title; as a picture, or as a table of its numbers. */
export function Figure({ plot, results }: { plot: Plot; results: Results }) {
  const [asTable, setAsTable] = useState(false);
  const title = say(plot.title);
  return (
    <figure class="figure card" data-plot={plot.name}>
      <figcaption>
        <span>
          <Words>{title}</Words>
        </span>
        <button
          type="button"
          class="quiet small"
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          {say(ui.asTable)}
          <span class="unseen">: {title}</span>
        </button>
      </figcaption>
      {asTable ? (
        <DataTable caption={title} {...tableOf(plot, results, language.value)} />
      ) : (
        <div role="img" aria-label={title}>
          <Picture plot={plot} results={results} />
        </div>
      )}
    </figure>
  );
}
