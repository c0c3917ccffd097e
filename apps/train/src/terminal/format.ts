/** 1,213,006 */
export const grouped = (count: number): string => Math.round(count).toLocaleString("en");

/** 1 layer, 2 layers */
export const some = (count: number, thing: string): string =>
  `${grouped(count)} ${thing}${count === 1 ? "" : "s"}`;

/** 2.9e-3 */
export const shortRate = (rate: number): string => rate.toExponential(1);

/** 0:42, 12:05 or 1:02:03 */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A folder or file as a word of a shell command. */
export const shellWord = (path: string): string =>
  /^[\w./:,=\\@+-]+$/.test(path) ? path : `"${path.replaceAll('"', '\\"')}"`;
