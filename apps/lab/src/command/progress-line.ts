import { SingleBar } from "cli-progress";
import type { Language, Progress } from "../experiment/experiment";

/** Where the progress of an experiment is shown. */
export interface ProgressLine {
  show(progress: Progress): void;
  /** Leaves the terminal as it was found. */
  stop(): void;
}

/** Elsewhere than on a terminal a line is written after so many seconds. */
const SECONDS_BETWEEN_LINES = 15;

/** A bar on a terminal, plain lines now and then elsewhere. */
export function progressLine(
  name: string,
  { language, stream }: { readonly language: Language; readonly stream: NodeJS.WriteStream },
): ProgressLine {
  return stream.isTTY ? bar(name, language, stream) : lines(name, language, stream);
}

function bar(name: string, language: Language, stream: NodeJS.WriteStream): ProgressLine {
  const line = new SingleBar({
    stream,
    format: `${name} {bar} {percentage} % {note}`,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    // Ctrl-C stops the experiment first.
    gracefulExit: false,
  });
  let started = false;
  return {
    show: ({ done, of, note }) => {
      const payload = { note: note?.[language] ?? "" };
      if (!started) line.start(of, done, payload);
      else {
        line.setTotal(of);
        line.update(done, payload);
      }
      started = true;
    },
    stop: () => line.stop(),
  };
}

function lines(name: string, language: Language, stream: NodeJS.WriteStream): ProgressLine {
  let shownAt = performance.now();
  return {
    show: ({ done, of, note }) => {
      if (performance.now() - shownAt < 1000 * SECONDS_BETWEEN_LINES) return;
      shownAt = performance.now();
      const share = Math.floor((100 * done) / of);
      stream.write(`${name}: ${share} %${note ? `, ${note[language]}` : ""}\n`);
    },
    stop: () => {},
  };
}
