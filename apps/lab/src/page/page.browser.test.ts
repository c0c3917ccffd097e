import { mergeConfig, preview } from "vite";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Values } from "../experiment/experiment";
import { questions } from "../questions/index";
import { pageConfig } from "./build/config";
import { expectAccessible } from "./testing/accessible";
import { onWebGPU } from "./testing/on-webgpu";
import { type Lab, openLab, PATIENCE, type Visit, type Visited, visitor } from "./testing/open-lab";
import { expectFitsPhone, expectPictures, measured, open, runExperiment } from "./testing/steps";

const chromium = inject("chromium");
let lab: Lab;
beforeAll(async () => {
  if (chromium) lab = await openLab(chromium);
}, 2 * PATIENCE);
afterAll(() => lab?.close(), PATIENCE);

/** Visits, and is told of every complaint of the page. */
async function visiting(visit: Visit, work: (visited: Visited) => Promise<void>): Promise<void> {
  const visited = await visitor(lab, visit);
  try {
    await work(visited);
    expect(visited.complaints).toEqual([]);
  } finally {
    await visited.context.close();
  }
}

describe.runIf(chromium)("in Chromium", { timeout: 2 * PATIENCE }, () => {
  describe("one reader asks every question", () => {
    let reader: Visited;
    beforeAll(async () => {
      reader = await visitor(lab);
    }, PATIENCE);
    afterAll(() => reader?.context.close(), PATIENCE);

    test.each(questions.map(({ id, smallest }) => [id, smallest] as const))(
      "%s runs on simd, and is told in both languages",
      async (id, smallest) => {
        const { page, complaints } = reader;
        await open(page, addressOf(id, smallest));
        await page.getByRole("button", { name: "English" }).click();
        await runExperiment(page);
        await expectPictures(page);
        const before = await page.locator("h1").textContent();
        await page.getByRole("button", { name: "中文" }).click();
        await page.locator("html[lang=zh-Hans]").waitFor({ state: "attached" });
        await page.locator("h1", { hasText: /\p{Script=Han}/u }).waitFor();
        expect(await page.locator("h1").textContent()).not.toBe(before);
        for (const words of await page.locator("figcaption > span, .findings li").allInnerTexts()) {
          expect(words, "in Chinese").toMatch(/\p{Script=Han}|^[\W\d]*[\w √=,.·-]{1,24}$/u);
        }
        await expectPictures(page);
        await expectFitsPhone(page);
        expect(complaints.splice(0)).toEqual([]);
      },
    );
  });

  test("a run stops when it is told to, and the next one is as if there had been none", async () => {
    await visiting({}, async ({ page }) => {
      await open(page, "#/question/heads");
      await page.getByRole("button", { name: "Run" }).click();
      await page.locator("progress[value]").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.locator("[data-state=stopped]").waitFor();
      await open(page, "#/question/scaling?draws=20");
      await runExperiment(page);
    });
  });

  test("the keyboard reaches all, and choices are remembered", async () => {
    await visiting({ viewport: { width: 375, height: 800 } }, async ({ page }) => {
      await open(page, "#/");
      await page.keyboard.press("Tab");
      expect(await page.locator(":focus").textContent()).toBe("Skip to the content");
      await page.keyboard.press("Enter");
      expect(await page.locator(":focus").getAttribute("id")).toBe("main");
      await page.waitForURL(({ hash }) => hash === "#/");
      const menu = page.getByRole("button", { name: "Contents" });
      await menu.focus();
      await page.keyboard.press("Enter");
      const place = page
        .getByRole("navigation")
        .getByRole("link", { name: "Positions", exact: true });
      await place.focus();
      await page.keyboard.press("Escape");
      await place.waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "中文" }).click();
      await page.getByLabel("配色").selectOption("dark");
      await page.reload();
      await page.locator("h1", { hasText: "Transformer 实验室" }).waitFor();
      await page.locator("html[data-theme=dark]").waitFor({ state: "attached" });
    });
  });

  test("the playground trains, saves, loads, writes, and takes other positions as it goes", async () => {
    await visiting({}, async ({ page }) => {
      await open(page, "#/playground");
      const choices = { layers: "1", heads: "2", dModel: "32", length: "16", batch: "8" };
      for (const [name, value] of Object.entries(choices)) {
        await page.locator(`select[name=${name}]`).selectOption(value);
      }
      await page.getByLabel("Text to learn").fill("one and two make three.\n".repeat(40));
      await page.locator("input[name=steps]").fill("20");
      await page.getByRole("button", { name: "Train" }).click();
      await page.getByText("Training is done, 20 steps.").waitFor();
      const loss = async () =>
        Number((await page.locator(".training").textContent())!.match(/loss ([\d.]+)/)![1]);
      const trained = await loss();
      expect(trained).toBeLessThan(Math.log(16) - 0.3);
      await expectPictures(page);

      await page.getByLabel("A sentence").fill("one and two");
      await page.getByRole("button", { name: "Show" }).click();
      await page.getByRole("button", { name: "Layer 1, head 2" }).click();
      await page.locator("[data-plot=attention] svg").waitFor();
      await expectAccessible(page);
      await expectFitsPhone(page);

      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Save" }).click();
      const file = await (await download).path();
      await page.reload();
      await page.locator("input[name=model]").setInputFiles(file);
      await page.getByText(/^Loaded /).waitFor();
      expect(await loss()).toBe(trained);

      await page.getByLabel("Begin with").fill("one ");
      await page.getByRole("button", { name: "Write on" }).click();
      const log = page.getByRole("log");
      await page.locator("[role=log][aria-busy=false]").waitFor();
      expect((await log.textContent())!.length).toBeGreaterThan(100);

      const live = page.getByRole("region", { name: "While it runs" });
      await live.getByLabel("Positions").selectOption("alibi");
      await page.getByText("Changed.").waitFor();
      await page.getByLabel("Text to learn").fill("one and two make three.\n".repeat(40));
      await live.locator("input[name=steps]").fill("40");
      await page.getByRole("button", { name: "Go on" }).click();
      await page.getByText("Training is done, 40 steps.").waitFor();
      expect(await loss()).toBeLessThan(trained);
    });
  });

  test("every strategy of positions is shown, and one is looked at closely", async () => {
    await visiting({ theme: "dark" }, async ({ page }) => {
      await open(page, "#/positions");
      await page.locator(".strategies[data-ready=true]").waitFor();
      await page.getByRole("button", { name: "ALiBi", exact: true }).click();
      await page.locator("#closer", { hasText: "ALiBi" }).waitFor();
      await page.locator("[data-plot=shifted] svg").waitFor();
      await expectPictures(page);
      await page.getByRole("button", { name: "Check" }).click();
      await page.getByRole("row", { name: /Token by token .* passed/ }).waitFor();
      await expectAccessible(page);
      await expectFitsPhone(page);
    });
  });

  test.each(["light", "dark"] as const)("accessible in %s colours", async (theme) => {
    await visiting({ theme }, async ({ page }) => {
      await open(page, "#/");
      await expectAccessible(page);
      await expectFitsPhone(page);
      await open(page, "#/question/scaling?draws=20");
      await runExperiment(page);
      await page
        .getByRole("button", { name: /^As a table/ })
        .first()
        .click();
      await expectAccessible(page);
    });
  });

  test("opens without a network after the first visit, with threads from any server", async () => {
    // A server that sends none of the headers that threads need.
    const plain = mergeConfig(pageConfig(), { build: { outDir: lab.outDir } });
    plain.preview = { port: 0, host: "localhost", headers: {} };
    const server = await preview(plain);
    const elsewhere = { ...lab, address: server.resolvedUrls!.local[0]! };
    const { page, context, complaints } = await visitor(elsewhere);
    await open(page, "#/question/scaling?draws=20");
    await page.getByText("One thread: this page is not").first().waitFor();
    await page.getByText("This page works offline now.").waitFor();
    await server.close();
    await context.setOffline(true);
    await page.reload();
    await open(page, "#/question/scaling?draws=20");
    expect(await page.locator("nav [data-device]").textContent()).not.toContain("One thread");
    await runExperiment(page);
    expect(complaints).toEqual([]);
    await context.close();
  });

  // Last, since an emulated GPU takes every core for a while; one visit, so that what it compiles for
  // one experiment serves the next.
  test("experiments measure on WebGPU what they measure on simd", async () => {
    const found = new Map<string, Map<string, number>>();
    for (const backend of ["simd", "webgpu"] as const) {
      await visiting({ backend }, async ({ page }) => {
        for (const [id, values] of Object.entries(onWebGPU)) {
          await open(page, addressOf(id, values));
          const device = await page.locator("nav [data-device]").textContent();
          expect(device).toMatch(new RegExp(`^${backend} · `));
          await runExperiment(page);
          await expectPictures(page);
          const numbers = await measured(page);
          expect(numbers.size).toBeGreaterThan(0);
          const expected = found.get(id);
          if (!expected) found.set(id, numbers);
          else expectNear(numbers, expected);
        }
      });
    }
  });
});

const addressOf = (id: string, values: Values) => {
  const written = Object.entries(values).map(([name, value]) => [name, String(value)]);
  return `#/question/${id}?${new URLSearchParams(written)}`;
};

/** The same to some rounding: a training of a few steps carries it along. */
function expectNear(numbers: Map<string, number>, expected: Map<string, number>): void {
  expect([...numbers.keys()]).toEqual([...expected.keys()]);
  for (const [name, value] of expected) {
    const apart = Math.abs(numbers.get(name)! - value);
    expect(apart, `${name}: ${numbers.get(name)} beside ${value}`).toBeLessThanOrEqual(
      1e-4 + 0.005 * Math.abs(value),
    );
  }
}
