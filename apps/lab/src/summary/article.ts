import type { Language, Results, Table, Text } from "../experiment/experiment";
import { short, withUnit } from "../experiment/format";
import { svgOf } from "../plot/svg-of";
import { escaped } from "../positions/html";
import type { QuestionText } from "../text/parse-text";
import { type Answer, commandOf } from "./answer";
import { renderText } from "./render-text";

/** Of a picture; wide pages have two or more beside each other. */
export const pictureSize = { width: 520, height: 320 };

const said = {
  found: { en: "Measured", zh: "测量结果" },
  against: { en: "Against the usual answer: ", zh: "与通常的回答不符：" },
  numbers: { en: "All numbers", zh: "全部数值" },
  code: { en: "Ten lines that run", zh: "可直接运行的代码" },
  references: { en: "References", zh: "参考文献" },
  run: { en: "Run", zh: "运行" },
  seconds: { en: "s", zh: "秒" },
} satisfies Record<string, Text>;

/** One question: its answer, what was measured, pictures, code and sources. */
export function articleOf(answer: Answer, text: QuestionText, language: Language): string {
  const { experiment, results, seconds } = answer;
  const { id, question, code, references } = experiment;
  const sources = references.map(
    ({ authors, title, year, section, url }) =>
      `<li>${escaped(authors)} ${year}, <a href="${escaped(url)}">${escaped(title)}</a>${section ? `, § ${escaped(section)}` : ""}</li>`,
  );
  return `<article id="${id}-${language}" lang="${language}" data-language="${language}">
<h2>${question}. ${escaped(text.question)}</h2>
${renderText(text.answer)}
<h3>${said.found[language]}</h3>
${findingsOf(results, language)}
<div class="charts">${picturesOf(answer, language).join("\n")}</div>
${(results.tables ?? []).map((table) => tableOf(table, language)).join("\n")}
<details><summary>${said.numbers[language]}</summary>${numbersOf(results, language)}</details>
<details><summary>${said.code[language]}</summary><pre><code>${escaped(code)}</code></pre></details>
<h3>${said.references[language]}</h3>
<ul>${sources.join("")}</ul>
<p class="soft">${said.run[language]}: <code>${escaped(commandOf(answer))}</code> (${seconds.toFixed(1)} ${said.seconds[language]})</p>
</article>`;
}

function findingsOf({ findings }: Results, language: Language): string {
  const items = findings.map(({ text, contradicts }) =>
    contradicts
      ? `<li class="against"><b>${said.against[language]}</b>${escaped(text[language])}</li>`
      : `<li>${escaped(text[language])}</li>`,
  );
  return `<ul class="findings">${items.join("\n")}</ul>`;
}

function picturesOf({ experiment, results }: Answer, language: Language): string[] {
  return experiment.plots(results).map((plot) => {
    const title = escaped(plot.title[language]);
    const svg = svgOf(plot, results, { ...pictureSize, language });
    return `<figure role="img" aria-label="${title}"><figcaption>${title}</figcaption>${responsive(svg)}</figure>`;
  });
}

/** A picture that shrinks with the page. */
const responsive = (svg: string) =>
  svg.replace(
    /^<svg width="(\d+)" height="(\d+)"/,
    '<svg viewBox="0 0 $1 $2" style="max-width:$1px"',
  );

function tableOf({ label, columns, rows }: Table, language: Language): string {
  const cell = (value: number | string | Text) => {
    if (typeof value === "number") return `<td class="n">${short(value, 5)}</td>`;
    return `<td>${escaped(typeof value === "string" ? value : value[language])}</td>`;
  };
  const head = columns.map((column) => `<th>${escaped(column[language])}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n");
  return `<h3>${escaped(label[language])}</h3><div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function numbersOf({ numbers }: Results, language: Language): string {
  const rows = numbers.map(
    ({ label, value, unit }) =>
      `<tr><td>${escaped(label[language])}</td><td class="n">${escaped(withUnit(value, unit, { language, digits: 5 }))}</td></tr>`,
  );
  return `<div class="wide"><table><tbody>${rows.join("\n")}</tbody></table></div>`;
}
