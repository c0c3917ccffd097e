import type { Language, Text } from "../experiment/experiment";
import { escaped } from "../positions/html";
import { readText } from "../text/read-text";
import type { Answer, Machine } from "./answer";
import { articleOf } from "./article";
import { styles } from "./styles";

const said = {
  title: {
    en: "Questions on the Transformer, answered by running code",
    zh: "关于 Transformer 的问题，用运行的代码来回答",
  },
  intro: {
    en: "Every number and picture below was computed by the packages of tx from the seed and the parameters that are named. Sentences under “Measured” are made of the numbers; those with a bar go against what is usually answered.",
    zh: "以下每个数字和图都由 tx 的各个软件包根据所列的种子与参数计算得出。“测量结果”中的句子由数字生成；带竖线的与通常的回答不符。",
  },
  computed: { en: "computed on", zh: "计算设备" },
  together: { en: "s in all", zh: "秒（合计）" },
} satisfies Record<string, Text>;

/** One page with all answers, complete in itself, in one language or in both with a switch. */
export function summaryPage(
  answers: readonly Answer[],
  machine: Machine,
  shown: readonly Language[],
): string {
  const first = shown[0]!;
  const body = shown.map((language) => bodyOf(answers, machine, language)).join("\n");
  return `<!doctype html>
<html lang="${first}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${said.title[first]}</title>
<style>${styles}</style>
${shown.length > 1 ? languageSwitch : ""}
<main>
${body}
</main>
</html>
`;
}

const languageSwitch = `<div class="switch" role="radiogroup" aria-label="Language / 语言">
<label lang="en"><input type="radio" name="language" id="language-en" checked> English</label>
<label lang="zh"><input type="radio" name="language" id="language-zh"> 中文</label>
</div>`;

function bodyOf(answers: readonly Answer[], machine: Machine, language: Language): string {
  const texts = answers.map(({ experiment }) => readText(experiment.id, language));
  const index = answers.map(
    ({ experiment: { id, question } }, n) =>
      `<li value="${question}"><a href="#${id}-${language}">${escaped(texts[n]!.question)}</a></li>`,
  );
  const seconds = answers.reduce((sum, answer) => sum + answer.seconds, 0);
  return `<div lang="${language}" data-language="${language}">
<h1>${said.title[language]}</h1>
<p>${said.intro[language]}</p>
<p class="soft">${said.computed[language]} ${escaped(machine.backend)}: ${escaped(machine.device)} · ${seconds.toFixed(0)} ${said.together[language]}</p>
<nav><ol>${index.join("")}</ol></nav>
</div>
${answers.map((answer, n) => articleOf(answer, texts[n]!, language)).join("\n")}`;
}
