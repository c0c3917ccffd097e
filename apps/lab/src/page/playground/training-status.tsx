import { short } from "../../experiment/format";
import { grouped, say } from "../language";
import { ProgressBar } from "../parts/progress-bar";
import { ui } from "../texts";
import { current, currentId, type Event, event, runs, speed, training } from "./store";
import { words } from "./texts";

/** How training stands; only what begins and ends is said aloud. */
export function TrainingStatus() {
  const run = runs.value.find(({ id }) => id === currentId.value);
  const last = run?.losses.at(-1);
  const steps = run?.config.steps ?? 0;
  const going = training.value && run;
  return (
    <div class="training" data-training={training.value}>
      {going && <ProgressBar told={{ done: last ? last[0] + 1 : 0, of: steps }} />}
      {last && current.value && (
        <p class="soft">
          {say(words.status(grouped(last[0] + 1), grouped(steps), last[1].toFixed(3)))}
          {going && speed.value && (
            <>
              {" · "}
              {say(
                words.speed(
                  grouped(Math.round(speed.value.charactersPerSecond)),
                  short(speed.value.rate),
                ),
              )}
            </>
          )}
        </p>
      )}
      <p role="status" class={event.value?.what === "failed" ? "problem" : "soft"}>
        {event.value && lineOf(event.value)}
      </p>
    </div>
  );
}

function lineOf(happened: Event): string {
  switch (happened.what) {
    case "began":
    case "changed":
    case "saved":
      return say(words[happened.what]);
    case "ended":
    case "stopped":
      return say(words[happened.what](grouped(happened.step)));
    case "loaded":
      return say(words.loaded(happened.name));
    case "failed":
      return say(ui.failed(happened.reason));
  }
}
