/** Kernels by which tests of the thread pool see what ran, in AssemblyScript. */
const source = `
// slots: 0 output [units], 1 a number

/** Adds 1 to the entry of each unit. */
export function count(args: usize, lo: i32, hi: i32, scratch: usize): void {
  for (let unit = lo; unit < hi; unit++) {
    const at = <usize>load<u32>(args) + (<usize>unit << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
}

/** Counts likewise, and takes so many rounds a unit. */
export function work(args: usize, lo: i32, hi: i32, scratch: usize): void {
  for (let unit = lo; unit < hi; unit++) {
    let x: u32 = unit + 1;
    for (let n = load<i32>(args, 4); n > 0; n--) x = x * 1664525 + 1013904223;
    store<u32>(scratch, x);
    count(args, unit, unit + 1, scratch);
  }
}

/** Counts likewise; one unit takes 300 million rounds. */
export function slow(args: usize, lo: i32, hi: i32, scratch: usize): void {
  for (let unit = lo; unit < hi; unit++) {
    let x: u32 = unit + 1;
    if (unit == load<i32>(args, 4)) for (let n = 300_000_000; n > 0; n--) x = x * 1664525 + 1013904223;
    store<u32>(scratch, x);
    count(args, unit, unit + 1, scratch);
  }
}

/** Counts likewise; traps at one unit. */
export function trap(args: usize, lo: i32, hi: i32, scratch: usize): void {
  for (let unit = lo; unit < hi; unit++) {
    if (unit == load<i32>(args, 4)) unreachable();
    count(args, unit, unit + 1, scratch);
  }
}

/** Writes which scratch memory each unit was done with. */
export function where(args: usize, lo: i32, hi: i32, scratch: usize): void {
  for (let unit = lo; unit < hi; unit++) {
    store<u32>(<usize>load<u32>(args) + (<usize>unit << 2), <u32>scratch);
  }
}
`;

interface Compiler {
  main(argv: string[], options: object): Promise<{ error: Error | null }>;
}

/** Compiles the kernels, for a memory that is shared. */
export async function compileTestKernels(): Promise<WebAssembly.Module> {
  // Not written into the import: TypeScript would follow it and check the compiler's own types.
  const name = "assemblyscript/asc";
  const { main } = (await import(/* @vite-ignore */ name)) as Compiler;
  const written = new Map<string, Uint8Array<ArrayBuffer>>();
  const flags = "--runtime stub --noAssert -O --enable threads --sharedMemory --importMemory";
  const argv = ["kernels.ts", "--outFile", "kernels.wasm", ...flags.split(" ")];
  const { error } = await main([...argv, "--initialMemory", "1", "--maximumMemory", "65536"], {
    readFile: (name: string) => (name === "kernels.ts" ? source : null),
    writeFile: (name: string, contents: Uint8Array<ArrayBuffer>) =>
      void written.set(name, contents),
    listFiles: () => [],
  });
  if (error) throw error;
  return WebAssembly.compile(written.get("kernels.wasm")!);
}
