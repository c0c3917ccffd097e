import type { Reporter } from "./reporter";

/** A line of JSON for everything that happens, for scripts. */
export function jsonReporter(output: Pick<NodeJS.WriteStream, "write">): Reporter {
  const tell = (event: string, facts: object) =>
    output.write(`${JSON.stringify({ event, ...facts })}\n`);
  let sample = "";
  return {
    start: (facts) => tell("start", facts),
    step: (report) => tell("step", report),
    evaluation: (found) => tell("evaluation", found),
    stopping: () => tell("stopping", {}),
    trained: (facts) => tell("trained", facts),
    final: (facts) => tell("final", facts),
    sample: (piece) => {
      if (piece !== null) sample += piece;
      else tell("sample", { sample });
    },
    end: ({ folder, step }) => tell("end", { folder, step }),
    release: () => {},
  };
}

/** Nothing but the folder of the run. */
export function quietReporter(output: Pick<NodeJS.WriteStream, "write">): Reporter {
  const nothing = () => {};
  return {
    ...{ start: nothing, step: nothing, evaluation: nothing, stopping: nothing },
    ...{ trained: nothing, final: nothing, sample: nothing, release: nothing },
    end: ({ folder }) => {
      output.write(`${folder}\n`);
    },
  };
}
