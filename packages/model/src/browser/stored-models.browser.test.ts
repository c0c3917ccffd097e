import "@tensorflow/tfjs-backend-cpu";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setBackend } from "@tensorflow/tfjs-core";
import { decodeSafetensors, encodeSafetensors } from "@tx/core";
import { bundle, visit } from "@tx/testing/browser";
import { describe, expect, inject, test } from "vitest";
import { encodeModel } from "../index";
import { modelOfSeed, type Told } from "../testing/browser/page";

const chromium = inject("chromium");

/** The model as a server has it: in one file, and in two with an index. */
async function filesOf(): Promise<Record<string, Uint8Array>> {
  await setBackend("cpu");
  const model = modelOfSeed(3);
  const whole = await encodeModel(model);
  model.dispose();
  const { tensors, metadata } = decodeSafetensors(whole);
  const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;
  const placed = [...tensors].map((entry, n) => [entry, names[n % 2]!] as const);
  const part = (name: string) =>
    encodeSafetensors(
      new Map(placed.filter(([, at]) => at === name).map(([entry]) => entry)),
      metadata,
    );
  const map = Object.fromEntries(placed.map(([[path], name]) => [path, name]));
  return {
    "model.safetensors": whole,
    "model.safetensors.index.json": new TextEncoder().encode(JSON.stringify({ weight_map: map })),
    [names[0]]: part(names[0]),
    [names[1]]: part(names[1]),
  };
}

const answerWith =
  (files: Record<string, Uint8Array>) => (request: IncomingMessage, response: ServerResponse) => {
    const [, kind, name] = request.url!.split("/");
    const file = files[name ?? ""];
    response.setHeader("access-control-allow-origin", "*");
    if (!file) return void response.writeHead(404).end();
    const start = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
    if (kind === "ranges" || kind === "sharded") {
      response.writeHead(206, {
        "content-range": `bytes ${start}-${file.length - 1}/${file.length}`,
        "content-length": file.length - start,
      });
      response.end(file.subarray(start));
    } else {
      response.writeHead(200, kind === "whole" ? { "content-length": file.length } : {});
      response.end(file);
    }
  };

describe.runIf(chromium)("in Chromium", () => {
  test("a model is stored, chosen as a file and fetched, bit for bit", async () => {
    const script = await bundle(new URL("../testing/browser/page.ts", import.meta.url));
    const told = await visit<Told>(chromium!, { script, serve: answerWith(await filesOf()) });
    const kinds = ["ranges", "whole", "chunked", "sharded"];
    expect(told).toEqual({
      file: true,
      urls: Object.fromEntries(
        ["", ", another site"].flatMap((site) => kinds.map((kind) => [`${kind}${site}`, true])),
      ),
      stored: { names: ["half", "mine", "removed"], same: true, half: true, other: true },
      afterRemoval: ["half", "mine"],
      problems: [
        "removed: expected a stored model, got none",
        expect.stringMatching(/^cut\.safetensors: expected a header of \d+ bytes, got 992$/),
        expect.stringMatching(/none\.safetensors: expected the bytes from 0 on, got status 404$/),
      ],
      tensorsLeft: 0,
    });
  });
});
