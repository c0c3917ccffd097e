import hljs from "highlight.js/lib/core";
import typescript from "highlight.js/lib/languages/typescript";
import { catalogue } from "../../positions/catalogue";
import { questions } from "../../questions/index";

hljs.registerLanguage("typescript", typescript);

const described = questions.map(({ run: _, plots: __, ...rest }) => ({
  ...rest,
  codeHtml: hljs.highlight(rest.code, { language: "typescript" }).value,
}));
const strategies = catalogue.map(({ make: _, ...rest }) => rest);

process.stdout.write(`export const questions = ${JSON.stringify(described)};
export const strategies = ${JSON.stringify(strategies)};
`);
