import { expect, test } from "vitest";
import { crc32 } from "./crc32";

const bytes = (text: string) => new TextEncoder().encode(text);

test("is the check value of the standard, however the bytes are parted", () => {
  expect(crc32([bytes("123456789")])).toBe(0xcbf43926);
  expect(crc32([bytes("1234"), bytes(""), bytes("56789")])).toBe(0xcbf43926);
  expect(crc32([])).toBe(0);
});
