/** Accumulators, so that no multiply-add waits for the one before. */
const SUMS = 10;
/** Floating-point operations of a round: each accumulator's four lanes multiply and add. */
const FLOPS_A_ROUND = SUMS * 4 * 2;
const ROUNDS = 400_000;

/**
 * Measures what one core can do at this moment: 128-bit multiply-adds between registers, with no
 * memory in the way. No product on WebAssembly is faster, and on a shared machine it says how much of
 * the core is there.
 *
 * @returns GFLOP/s by call; undefined where the engine has no relaxed SIMD, which in Node 20 the simd
 *   backend switches on.
 */
export function multiplyAddLoop(): (() => number) | undefined {
  const bytes = loopBinary();
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const loop = exports.loop as (rounds: number) => number;
  return () => {
    const started = performance.now();
    loop(ROUNDS);
    return (ROUNDS * FLOPS_A_ROUND) / (performance.now() - started) / 1e6;
  };
}

/** sum_i += a · b, some rounds, as WebAssembly: (rounds: i32) → f32, the sums added up. */
function loopBinary(): Uint8Array<ArrayBuffer> {
  const [get, set] = [(local: number) => [0x20, local], (local: number) => [0x21, local]];
  const [rounds, a, b] = [0, SUMS + 1, SUMS + 2];
  const sums = Array.from({ length: SUMS }, (_, n) => n + 1);
  const [splat, add, madd] = [
    [0xfd, 0x13],
    [0xfd, 0xe4, 0x01],
    [0xfd, 0x85, 0x02],
  ];
  const half = [0x43, 0x00, 0x00, 0x00, 0x3f, ...splat];
  const body = [
    ...[...half, ...set(a), ...half, ...set(b)],
    // block, loop: leave when no round is left
    ...[0x02, 0x40, 0x03, 0x40, ...get(rounds), 0x45, 0x0d, 0x01],
    ...sums.flatMap((sum) => [...get(a), ...get(b), ...get(sum), ...madd, ...set(sum)]),
    // rounds -= 1, and again
    ...[...get(rounds), 0x41, 0x01, 0x6b, ...set(rounds), 0x0c, 0x00, 0x0b, 0x0b],
    ...get(1),
    ...sums.slice(1).flatMap((sum) => [...get(sum), ...add]),
    // lane 0, end
    ...[0xfd, 0x1f, 0x00, 0x0b],
  ];
  const code = [0x01, SUMS + 2, 0x7b, ...body];
  const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [0x01, 0x60, 0x01, 0x7f, 0x01, 0x7d]),
    ...section(3, [0x01, 0x00]),
    ...section(7, [0x01, 0x04, ...[..."loop"].map((c) => c.charCodeAt(0)), 0x00, 0x00]),
    ...section(10, [0x01, ...leb(code.length), ...code]),
  ]);
}

function leb(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...leb(n >> 7)];
}
