import { messageOf } from "../user-error";

const memory =
  /memory: expected room|out of memory|\boom\b|allocation failed|array length|memory access out of bounds|failed to allocate|buffer size|exceeds the max/i;
const lost =
  /device"?\]? (was |is |has been )?(lost|destroyed)|lost device|context lost|instance reference no longer exists/i;

/** What an error says of the device: that memory did not do, or that it is gone; null for others. */
export function deviceTrouble(error: unknown): "memory" | "lost" | null {
  const message = messageOf(error);
  if (lost.test(message)) return "lost";
  return memory.test(message) ? "memory" : null;
}
