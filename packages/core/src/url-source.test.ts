import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { getBackend } from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ByteSource } from "./byte-source";
import { urlSource } from "./url-source";

const FILE = Uint8Array.from({ length: 3 * 2 ** 20 + 17 }, (_, n) => (n * 7919) >> 5);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** As most servers of files: parts where a Range is asked for. */
const inParts =
  (etag: string): Answer =>
  (request, response) => {
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const start = Number(from ?? 0);
    response.writeHead(206, {
      "content-length": FILE.length - start,
      "content-range": `bytes ${start}-${FILE.length - 1}/${FILE.length}`,
      etag,
    });
    response.end(FILE.subarray(start));
  };
const withRanges = inParts('"one"');
/** As a bare one: always the whole. */
const whole: Answer = (_, response) => {
  response.writeHead(200, { "content-length": FILE.length });
  response.end(FILE);
};

// What comes over the network does not depend on the backend.
describe.runIf(getBackend() === "cpu")("a file on a server", () => {
  let server: Server;
  let answer: Answer = whole;
  const asked: (string | undefined)[] = [];
  const address = () => `http://localhost:${(server.address() as AddressInfo).port}/m.safetensors`;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.headers.range);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  });
  afterEach(() => void asked.splice(0));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const open = (by: Answer, init?: RequestInit) => {
    answer = by;
    return urlSource(new URL(address()), init);
  };
  /** Compared as Buffers, as toEqual takes a second for each megabyte. */
  const expectPiece = async (source: ByteSource, offset: number, length: number) => {
    const got = Buffer.from(await source.read(offset, length));
    const same = got.equals(FILE.subarray(offset, offset + length));
    expect(same, `${length} bytes from ${offset} on`).toBe(true);
  };

  test.each([
    ["knows ranges", withRanges],
    ["does not", whole],
  ])("a server that %s is asked once for all that is read in order", async (_, by) => {
    const source = await open(by);
    expect([source.name, source.size]).toEqual([address(), FILE.length]);
    await expectPiece(source, 0, 8);
    await expectPiece(source, 8, 2 ** 20);
    // Some that are not wanted are skipped.
    await expectPiece(source, 2 ** 20 + 5000, 7);
    const rest = FILE.length - 2 * 2 ** 20;
    await expectPiece(source, 2 * 2 ** 20, rest);
    await expectPiece(source, FILE.length, 0);
    await source.close!();
    expect(asked).toEqual(["bytes=0-"]);
  });

  test.each([
    ["knows ranges", withRanges],
    ["does not", whole],
  ])("a server that %s is asked anew where reading goes elsewhere", async (_, by) => {
    const source = await open(by);
    await expectPiece(source, 2_500_000, 5);
    await expectPiece(source, 3, 5);
    await expectPiece(source, 8, 5);
    source.pause!();
    await expectPiece(source, 13, 5);
    await source.close!();
    expect(asked).toEqual(["bytes=0-", "bytes=2500000-", "bytes=3-", "bytes=13-"]);
  });

  test("parts are told by their length where other sites may not see more", async () => {
    const source = await open((request, response) => {
      const start = Number(/\d+/.exec(request.headers.range!)![0]);
      response.writeHead(206, { "content-length": FILE.length - start });
      response.end(FILE.subarray(start));
    });
    expect(source.size).toBe(FILE.length);
    await expectPiece(source, 2_500_000, 5);
    await source.close!();
  });

  test.each<[string, Answer]>([
    ["in chunks", (_, response) => void response.writeHead(200).end(FILE)],
    [
      "compressed",
      (_, response) => {
        const packed = gzipSync(FILE);
        const headers = { "content-encoding": "gzip", "content-length": packed.length };
        response.writeHead(200, headers).end(packed);
      },
    ],
  ])("a body that comes %s, without the file's size, is kept whole", async (_, by) => {
    const source = await open(by);
    expect([source.name, source.size]).toEqual([address(), FILE.length]);
    await expectPiece(source, 2_500_000, 5);
    await expectPiece(source, 3, 5);
    expect(asked).toHaveLength(1);
  });

  test("headers and signal of the caller's own go with every request", async () => {
    const seen: unknown[] = [];
    const abort = new AbortController();
    const source = await open(
      (request, response) => {
        seen.push(request.headers.authorization);
        withRanges(request, response);
      },
      { headers: { authorization: "Bearer x" }, signal: abort.signal },
    );
    await source.read(2_500_000, 5);
    expect(seen).toEqual(["Bearer x", "Bearer x"]);
    abort.abort();
    await expect(source.read(5, 5)).rejects.toThrow(/m\.safetensors: expected a file that can be/);
  });

  test.each<[string, Answer, RegExp]>([
    [
      "is not there",
      (_, response) => void response.writeHead(404).end(),
      /: expected the bytes from 0 on, got status 404$/,
    ],
    [
      "sends other bytes",
      (_, response) =>
        void response.writeHead(206, { "content-range": "bytes 5-9/10" }).end("12345"),
      /: expected the bytes from 0 on, got those from 5 on$/,
    ],
    [
      "cannot be reached",
      (request) => void request.socket.destroy(),
      /: expected a file that can be fetched, got TypeError: fetch failed$/,
    ],
  ])("a file that %s is refused by its address", async (_, by, message) => {
    await expect(open(by)).rejects.toThrow(message);
    await expect(open(by)).rejects.toThrow(`${address()}: `);
  });

  test("a connection that breaks off is told of, and reading may go on later", async () => {
    const source = await open((request, response) => {
      if (asked.length > 1) return withRanges(request, response);
      response.writeHead(206, {
        "content-length": FILE.length,
        "content-range": `bytes 0-${FILE.length - 1}/${FILE.length}`,
        etag: '"one"',
      });
      response.write(FILE.subarray(0, 1000), () => setTimeout(() => response.destroy(), 20));
    });
    await expectPiece(source, 0, 900);
    await expect(source.read(900, 900)).rejects.toThrow(
      `${address()}: expected a file that can be fetched, got TypeError: terminated`,
    );
    await expectPiece(source, 900, 900);
    await source.close!();
  });

  test("a file that is another one meanwhile is refused", async () => {
    const source = await open(withRanges);
    answer = inParts('"two"');
    await expect(source.read(2_500_000, 5)).rejects.toThrow(
      `${address()}: expected the file as it was, got another one (${FILE.length} bytes, etag "two")`,
    );
  });
});
