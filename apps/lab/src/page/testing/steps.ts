import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Goes to a place of the page, and waits until there is something to compute on. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator("main h1").waitFor();
  await page.waitForSelector("[data-device]:not([data-device=starting])", { state: "attached" });
  expect(await page.locator("[data-device=none]").count(), "nothing to compute on").toBe(0);
}

/** Runs the experiment of the page as it is set, to its end. */
export async function runExperiment(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^(Run|Run again)$/ }).click();
  await page.waitForSelector("[data-state=done], [data-state=failed]");
  expect(await page.locator(".experiment [role=status]").first().textContent()).toMatch(
    /^Done in /,
  );
  const words = await page.locator(".results").textContent();
  expect(words).not.toMatch(/\bNaN\b|undefined|Infinity|\[object/);
}

/** Every figure of the page has a picture with something in it. */
export async function expectPictures(page: Page): Promise<void> {
  const figures = page.locator("figure");
  expect(await figures.count()).toBeGreaterThan(0);
  await page.waitForFunction(() =>
    [...document.querySelectorAll("figure")].every(
      (figure) => figure.querySelectorAll("svg path, svg circle, svg rect").length > 3,
    ),
  );
  const drawn = await page
    .locator("figure svg")
    .evaluateAll((all) => all.map((svg) => svg.outerHTML));
  for (const svg of drawn) expect(svg).not.toMatch(/NaN|undefined/);
}

/** On the screen of a phone nothing is wider than it. */
export async function expectFitsPhone(page: Page): Promise<void> {
  const before = page.viewportSize()!;
  await page.setViewportSize({ width: 375, height: 800 });
  // Pictures follow in the next frames.
  await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
  await page.setViewportSize(before);
}
