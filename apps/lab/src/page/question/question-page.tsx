import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../language";
import { CodeBlock } from "../parts/code-block";
import { Words } from "../parts/words";
import { linkTo } from "../route";
import { ui } from "../texts";
import { ExperimentPanel } from "./experiment-panel";
import { describedOf, listed, textOf } from "./questions";

/** A question: the answer, the experiment, its code, and where it comes from. */
export function QuestionPage({ id }: { id: string }) {
  const described = describedOf(id);
  const prose = useRef<HTMLDivElement>(null);
  useScrolledFormulas(prose);
  if (!described) return <p>{say(ui.notThere)}</p>;
  const { question, answer } = textOf(id);
  return (
    <article>
      <p class="eyebrow">{say(ui.question(described.question))}</p>
      <h1>
        <Words>{question}</Words>
      </h1>
      <div class="prose" ref={prose} dangerouslySetInnerHTML={{ __html: answer }} />
      <ExperimentPanel key={id} described={described} />
      <section>
        <h2>{say(ui.code)}</h2>
        <p class="soft">{say(ui.codeNote)}</p>
        <CodeBlock code={described.code} html={described.codeHtml} label={say(ui.code)} />
      </section>
      <section>
        <h2>{say(ui.references)}</h2>
        <ul class="references">
          {described.references.map(({ authors, title, year, section, url }) => (
            <li key={url + (section ?? "")}>
              {authors} ({year}):{" "}
              <a href={url} rel="noreferrer" lang="en">
                {title}
              </a>
              {section && <>, {say(ui.section(section))}</>}
            </li>
          ))}
        </ul>
      </section>
      <Neighbours id={id} />
    </article>
  );
}

/** Formulas that are wider than their place scroll, and then take the focus, for the keyboard. */
function useScrolledFormulas(prose: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const formulas = [...(prose.current?.querySelectorAll<HTMLElement>(".katex-display") ?? [])];
    const observer = new ResizeObserver(() => {
      for (const formula of formulas) {
        if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
        else formula.removeAttribute("tabindex");
      }
    });
    for (const formula of formulas) observer.observe(formula);
    return () => observer.disconnect();
  });
}

/** The questions before and after. */
function Neighbours({ id }: { id: string }) {
  const all = listed();
  const at = all.findIndex((one) => one.id === id);
  const [before, after] = [all[at - 1], all[at + 1]];
  return (
    <div class="neighbours">
      {before ? (
        <a class="card" href={linkTo({ room: "question", id: before.id })}>
          <span class="soft">← {say(ui.previous)}</span>
          <span>
            <Words>{before.question}</Words>
          </span>
        </a>
      ) : (
        <span />
      )}
      {after && (
        <a class="card after" href={linkTo({ room: "question", id: after.id })}>
          <span class="soft">{say(ui.next)} →</span>
          <span>
            <Words>{after.question}</Words>
          </span>
        </a>
      )}
    </div>
  );
}
