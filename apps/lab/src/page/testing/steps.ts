import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Goes to a place of the page, and waits until there is something to compute on. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  // Within a visit only the part behind the # changes, and the page some time after it.
  const [, room, id] = address.split("?", 1)[0]!.split("/");
  await page.locator(`main[data-place="${id ?? (room || "home")}"] h1`).waitFor();
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

/** What the experiment of the page measured, by name; times are the machine's and left out. */
export async function measured(page: Page): Promise<Map<string, number>> {
  const rows = await page
    .locator("details.card tbody tr")
    .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent!)));
  const kept = rows.filter(([, value]) => !/ ms$/.test(value!));
  return new Map(kept.map(([name, value]) => [name!, numberIn(value!)]));
}

/** The number that a page has written: "−1.2·10⁻¹¹ nat". */
function numberIn(written: string): number {
  const [, sign, digits, exponent = "0"] =
    /^(−?)([\d.]+)(?:·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?/.exec(written) ?? [];
  if (digits === undefined) throw new Error(`number: expected one, got ${written}`);
  const power = [...exponent].map((c) => (c === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c))).join("");
  const raised = exponent === "0" ? 0 : Number(power);
  return Number(digits) * 10 ** raised * (sign ? -1 : 1);
}
