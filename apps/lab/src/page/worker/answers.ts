import { useBackend } from "@tx/backend";
import { Module, Rng } from "@tx/core";
import { inducedBy } from "@tx/positional";
import { checkPositional } from "@tx/positional/conformance";
import type { Results } from "../../experiment/experiment";
import { runExperiment } from "../../experiment/run";
import { Session } from "../../playground/session";
import { catalogue } from "../../positions/catalogue";
import { questions } from "../../questions/index";
import type { Answer, CallName, SessionFacts, Shown } from "./calls";

/** The one model of the playground; a new one takes the place of the last. */
let session: Session | undefined;

/** What the worker answers to each call. */
export const answers: { readonly [Name in CallName]: Answer<Name> } = {
  async start(choice) {
    const { name, device } = await useBackend(choice);
    return { name, device, isolated: globalThis.crossOriginIsolated };
  },

  async experiment({ id, values, seed }, { signal, tell }) {
    const experiment = questions.find((one) => one.id === id);
    if (!experiment) throw new RangeError(`experiment: expected one that is here, got ${id}`);
    const shown = (results: Results): Shown => ({ results, plots: experiment.plots(results) });
    let pictured = 0;
    const results = await runExperiment(experiment, values, {
      ...{ seed, signal },
      onProgress: ({ partial, ...progress }) => {
        // Pictures are drawn a few times a second at most.
        const draw = partial && performance.now() - pictured > 300;
        if (draw) pictured = performance.now();
        tell(draw ? { ...progress, partial: shown(partial) } : progress);
      },
    });
    return shown(results);
  },

  async "session.create"({ text, config }) {
    const fresh = Session.create(text, config);
    await session?.dispose();
    session = fresh;
    return factsOf(fresh);
  },

  async "session.load"({ file, name }) {
    const loaded = Session.load(new Uint8Array(await file.arrayBuffer()), name);
    await session?.dispose();
    session = loaded;
    return factsOf(loaded);
  },

  async "session.train"({ text }, { signal, tell }) {
    const current = running();
    for await (const news of current.train({ text, signal })) tell(news);
    return factsOf(current);
  },

  async "session.change"(change) {
    const current = running();
    await current.change(change);
    return factsOf(current);
  },

  async "session.attention"(sentence) {
    return running().attention(sentence);
  },

  async "session.write"(options, { signal, tell }) {
    for await (const character of running().write({ ...options, signal })) tell(character);
  },

  async "session.save"() {
    const bytes = await running().save();
    return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "application/octet-stream" });
  },

  async induced({ entry, length, heads, seed, start }) {
    const [dModel, headDim] = [32, 32];
    const sizes = { dModel, heads, headDim, maxLen: start + length };
    const strategy = catalogue[entry]!.make({ ...sizes, rng: new Rng(seed) });
    try {
      return await inducedBy(strategy, { ...sizes, length, start });
    } finally {
      if (strategy instanceof Module) strategy.dispose();
    }
  },

  async conformance(entry) {
    const { results } = await checkPositional((sizes) => catalogue[entry]!.make(sizes));
    return results;
  },
};

function running(): Session {
  if (session) return session;
  throw new Error("session: expected a model that was made or loaded, got none");
}

const factsOf = ({ config, steps, parameterCount, vocabSize, losses }: Session): SessionFacts => ({
  ...{ config, steps, losses, parameters: parameterCount, characters: vocabSize },
});
