import {
  add,
  concat,
  customGrad,
  div,
  keep,
  mean,
  mul,
  range,
  reshape,
  slice,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  tensor1d,
  tidy,
} from "@tensorflow/tfjs-core";
import { Module, ones, type Positional, parameter, type Side, type Span } from "@tx/core";
import { expect, test } from "vitest";
import { checkPositional, type PositionalFactory, reportToText } from "./index";

const named = (kind = "broken") => ({ kind, toJSON: () => ({ kind, version: 1 }) });

/** Positions as one column [1, len, 1], refused where they are explicit. */
function column({ start, len, ids }: Side): Tensor3D {
  if (ids) throw new RangeError("span.q.ids: expected none, got some");
  return reshape(range(start, start + len), [1, len, 1]);
}

/** A sound strategy, to break one thing of. */
const sound: Positional = {
  ...named(),
  embed: (x, { q }) => tidy(() => add(x, mul(column(q), 0.1))),
};

const turns = ({ k }: Span) => 1 + (k.start + k.len) / 9;

const spanAt = (start: number, len: number) => ({ q: { start, len }, k: { start, len } });

function lastFour(previous: Tensor3D | null, hidden: Tensor3D): Tensor3D {
  return tidy(() => {
    const all = previous ? concat([previous, hidden], 1) : hidden;
    const kept = Math.min(4, all.shape[1]);
    return slice(all, [0, all.shape[1] - kept, 0], [-1, kept, -1]);
  });
}

/** The same numbers with twice the gradient. */
const doubled = customGrad((x) => ({
  value: (x as Tensor).clone(),
  gradFunc: (dy: Tensor) => mul(dy, 2),
}));

class LeftOut extends Module implements Positional {
  readonly kind = "broken";
  readonly left = parameter([3], ones);

  embed(x: Tensor3D): Tensor3D {
    return mul(x, 1.5);
  }

  toJSON() {
    return { kind: this.kind, version: 1 };
  }
}

const broken: Record<string, [fails: string[], detail: RegExp, make: PositionalFactory]> = {
  "counts rows from 0 whatever their start": [
    ["decode parity"],
    /^late rows alone and in the full pass differ by .*, allowed 0.0001$/,
    () => ({ ...sound, embed: (x, { q }) => sound.embed!(x, { q: { ...q, start: 0 }, k: q }) }),
  ],
  "turns keys by the length of the call": [
    ["cached keys"],
    /^keys rotated as they came/,
    () => ({
      ...named(),
      rotate: (t, side, span) => tidy(() => mul(t, add(mul(column(span[side]), 0), turns(span)))),
    }),
  ],
  "claims to be relative": [
    ["shift invariance"],
    /^outputs at positions 9 further/,
    () => ({ ...sound, relative: true }),
  ],
  "remembers the first states": [
    ["segment invariance"],
    /^memory.next: expected the last 4 hidden states of both, got others$/,
    () => ({
      ...named(),
      memory: { len: 4, next: (_, hidden) => slice(hidden, [0, 0, 0], [-1, 4, -1]) },
    }),
  ],
  "makes more of places the more keys there are": [
    ["segment invariance"],
    /^3 segments of 2 and one pass differ by/,
    () => ({
      ...named(),
      relative: true,
      bias: (_, { q, k }) =>
        tidy(() => {
          const places = column({ ...k, start: k.start - q.start });
          return reshape(mul(places, k.len / 9), [1, 1, 1, k.len]);
        }),
      memory: { len: 4, next: lastFour },
    }),
  ],
  "mixes the rows of a batch": [
    ["batch parity", "left padding"],
    /^rows of a batch|^a text behind padding/,
    () => ({ ...named(), embed: (x) => tidy(() => add(x, mean(x, 0, true))) }),
  ],
  "takes no notice of explicit positions": [
    ["left padding", "packed documents"],
    /^a text behind padding and without|^documents in one row/,
    () => ({ ...sound, embed: (x, { q: { start, len } }) => sound.embed!(x, spanAt(start, len)) }),
  ],
  "never refuses": [
    ["length refusal"],
    /^expected a RangeError at position 24 \(maxLen 24\), got none$/,
    ({ maxLen }) => ({ ...sound, maxLen }),
  ],
  "refuses without numbers": [
    ["length refusal"],
    /^expected an error with the number asked and the number allowed, got "too long"$/,
    ({ maxLen }) => ({
      ...sound,
      maxLen,
      embed: (x, span) => {
        if (span.q.start + span.q.len > maxLen) throw new RangeError("too long");
        return sound.embed!(x, span);
      },
    }),
  ],
  "has an end that it does not tell": [
    ["length refusal"],
    /^expected finite outputs at position 4999, got others$/,
    () => ({
      ...sound,
      embed: (x, { q }) => tidy(() => div(x, q.start + q.len > 99 ? 0 : 1)),
    }),
  ],
  "has a wrong gradient": [
    ["gradients"],
    /^hidden: expected the slope of finite differences, got one that is .* times as far off/,
    () => ({ ...named(), embed: (x) => doubled(x) as Tensor3D }),
  ],
  "leaves a variable out": [
    ["gradients"],
    /^left: expected a gradient, got none$/,
    () => new LeftOut(),
  ],
  "divides by weights that may be none": [
    ["rows that see nothing"],
    /^output: expected finite numbers, got NaN$/,
    () => ({
      ...named(),
      values: (output, weights) => tidy(() => div(output, sum(weights, -1, true))),
    }),
  ],
  "keeps a tensor a call": [
    ["leaks"],
    /^expected a call to leave none, got \d+ tensors$/,
    () => ({ ...named(), embed: (x) => add(x, keep(tensor1d([0.5]))) }),
  ],
  "keeps a table for ever": [
    ["leaks"],
    /^expected dispose\(\) to free all, got 1 tensors left$/,
    () => {
      let table: Tensor1D | undefined;
      return {
        ...named(),
        embed: (x) => {
          table ??= keep(tensor1d([0.5]));
          return add(x, table);
        },
      };
    },
  ],
  "has a config of another kind": [
    ["JSON round trip"],
    /^toJSON\(\).kind: expected "broken", got "other"$/,
    () => ({ ...sound, toJSON: () => ({ kind: "other", version: 1 }) }),
  ],
  "has a config without a version": [
    ["JSON round trip"],
    /^toJSON\(\).version: expected a whole number from 1, got undefined$/,
    () => ({ ...sound, toJSON: () => ({ kind: "broken" }) as never }),
  ],
};

test.each(Object.keys(broken))("a strategy that %s fails", async (name) => {
  const [fails, detail, make] = broken[name]!;
  const report = await checkPositional(make);
  const text = reportToText(report);
  expect(
    report.failures.map((failure) => failure.name),
    text,
  ).toEqual(fails);
  for (const failure of report.failures) expect(failure.detail).toMatch(detail);
});

test("a hook that gives another shape fails by its name", async () => {
  const report = await checkPositional(() => ({
    ...named(),
    rotate: (t) => slice(t, [0, 0, 0, 0], [1, -1, -1, -1]),
  }));
  expect(report.failures.map(({ detail }) => detail)).toContain(
    "rotate q: expected [2, 3, 11, 4], got [1, 3, 11, 4]",
  );
});

test("a config that comes back as something else fails", async () => {
  const report = (scale: number) =>
    checkPositional(() => sound, {
      fromJSON: () => ({
        ...named(),
        embed: (x, span) => tidy(() => mul(sound.embed!(x, span), scale)),
      }),
    });
  const found = async (scale: number) =>
    (await report(scale)).results.find(({ name }) => name === "JSON round trip");
  expect((await found(1))!.status).toBe("passed");
  expect((await found(2))!.status).toBe("failed");
});

test("a sound strategy of one's own passes, and the report can be read", async () => {
  const report = await checkPositional(() => sound);
  expect(report.failures).toEqual([]);
  const lines = reportToText(report).split("\n");
  expect(lines[0]).toBe("broken: keeps the contract");
  expect(lines).toHaveLength(13);
  expect(lines).toContain(
    "refused      left padding           span.q.ids: expected none, got some",
  );
  expect(lines).toContain(
    "passed       JSON round trip        the text alone: no fromJSON was given",
  );
});

test("sizes that no check could run with are refused", async () => {
  await expect(checkPositional(() => sound, { sizes: { heads: 0 } })).rejects.toThrow(
    new RangeError("sizes.heads: expected a whole number from 1, got 0"),
  );
  await expect(checkPositional(() => sound, { sizes: { maxLen: 16 } })).rejects.toThrow(
    "sizes.maxLen: expected a whole number from 17, got 16",
  );
});
