import { expect, test } from "vitest";
import { type Schedule, scheduleFromJSON } from "./index";

/** What each kind has always written: files that were saved so have to load, and to stay the same. */
const saved = [
  '{"kind":"constant","version":1,"rate":0.3}',
  '{"kind":"noam","version":1,"dModel":11,"warmupSteps":7,"factor":1}',
  '{"kind":"inverseSqrt","version":1,"peak":0.3,"warmupSteps":5,"warmupInit":0}',
  '{"kind":"cosine","version":1,"peak":0.3,"minimum":0,"warmupSteps":0,"totalSteps":23}',
  '{"kind":"linear","version":1,"peak":0.3,"minimum":0.1,"warmupSteps":5,"totalSteps":23}',
  '{"kind":"polynomial","version":1,"peak":0.3,"minimum":0,"power":2,"warmupSteps":5,"totalSteps":23}',
  '{"kind":"cosineWarmRestarts","version":1,"peak":0.3,"minimum":0,"period":3,"multiplier":1}',
  '{"kind":"exponential","version":1,"peak":0.3,"decayRate":0.7,"decaySteps":1,"staircase":false,"minimum":0,"warmupSteps":0}',
  '{"kind":"oneCycle","version":1,"peak":0.5,"start":0.02,"minimum":0.000002,"warmupSteps":6,"totalSteps":20,"phases":2,"shape":"cosine"}',
  '{"kind":"warmupStableDecay","version":1,"peak":0.3,"minimum":0,"warmupSteps":0,"stableSteps":7,"decaySteps":11,"shape":"oneMinusSqrt"}',
  '{"kind":"scale","version":1,"schedule":{"kind":"constant","version":1,"rate":0.3},"factor":0.5}',
  '{"kind":"warmup","version":1,"schedule":{"kind":"constant","version":1,"rate":0.3},"warmupSteps":7,"warmupInit":0}',
  '{"kind":"sequence","version":1,"schedules":[{"kind":"constant","version":1,"rate":0.3},{"kind":"scale","version":1,"schedule":{"kind":"constant","version":1,"rate":0.1},"factor":2}],"milestones":[13]}',
].map((text) => [JSON.parse(text).kind as string, text] as const);

test.each(saved)("%s reads what it wrote and writes it again, byte for byte", (_, text) => {
  expect(JSON.stringify(scheduleFromJSON(JSON.parse(text)))).toBe(text);
});

test.each(saved)("%s writes the same from its options in any order", (_, text) => {
  const turned = Object.fromEntries(Object.entries(JSON.parse(text)).reverse());
  expect(JSON.stringify(scheduleFromJSON(turned))).toBe(text);
});

test.each(saved)("%s has a configuration that is plain and its own", (_, text) => {
  const schedule: Schedule = scheduleFromJSON(JSON.parse(text));
  const config = schedule.toJSON();
  expect(structuredClone(config)).toEqual(JSON.parse(text));
  for (const name of Object.keys(config)) Reflect.deleteProperty(config, name);
  expect(JSON.stringify(schedule)).toBe(text);
});
