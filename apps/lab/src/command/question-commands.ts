import { resolve } from "node:path";
import { backendNames } from "@tx/backend";
import { type Command, Option } from "commander";
import { languages } from "../experiment/experiment";
import { questions } from "../questions";
import { readText } from "../text/read-text";
import { addParameters, givenValues } from "./parameter-options";
import type { QuestionOptions } from "./run-questions";
import { wholeFrom } from "./whole-from";

/** A command for each question, one for all of them, and one that lists them. */
export function addQuestions(program: Command): void {
  program
    .command("list")
    .description("names every question and its experiment")
    .addOption(new Option("--language <code>", "of the questions").choices(languages).default("en"))
    .action(({ language }: { language: (typeof languages)[number] }) => {
      for (const { id, question, seconds } of questions) {
        const title = readText(id, language).question;
        console.log(
          `${String(question).padStart(2)}  ${id.padEnd(18)}  ${title} (about ${seconds} s)`,
        );
      }
    });

  const all = program.command("all").description("runs every experiment, one after the other");
  addShared(all).action(async (options: QuestionOptions) => {
    const { runQuestions } = await import("./run-questions");
    return runQuestions(questions, {}, { ...options, out: resolve(options.out) });
  });

  for (const experiment of questions) {
    const { id, question, parameters } = experiment;
    const command = program
      .command(id)
      .description(`question ${question}: ${readText(id, "en").question}`);
    addParameters(command, parameters);
    addShared(command).action(async (options: QuestionOptions & Record<string, unknown>) => {
      const { runQuestions } = await import("./run-questions");
      const given = givenValues(parameters, options);
      return runQuestions([experiment], given, { ...options, out: resolve(options.out) });
    });
  }
}

const addShared = (command: Command): Command =>
  command
    .option("--out <folder>", "for JSON, pictures and the page", "lab-results")
    .option("--seed <number>", "of all that is random", wholeFrom(0, 2 ** 31), 1)
    .addOption(
      new Option("--language <code>", "of pictures and page")
        .choices([...languages, "both"])
        .default("both"),
    )
    .addOption(
      new Option("--backend <name>", "what computes")
        .choices(Object.keys(backendNames))
        .default("auto"),
    )
    .option("--smallest", "the smallest budget that still shows something");
