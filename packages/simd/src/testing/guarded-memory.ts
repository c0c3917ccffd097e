import { Memory } from "../memory";

/** On both sides of a block, in bytes. */
const GUARD = 64;
/** A NaN as a float, far off as a whole number, neither true nor false as a bool. */
const PATTERN = 0x7fc5a5a5;
const PAGES = 1024;
/** Longest block that may be laid against the end of the memory. */
const EDGE_BYTES = 1 << 20;

interface Guarded {
  /** Of the block below, guards included. */
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
}

/**
 * A memory that tells when a kernel writes outside its blocks: each lies between guards of a known
 * pattern, which {@link check} and every release look at. New and released blocks are filled with
 * the pattern, so that numbers that were never written, or are gone, show as NaN. One block can be
 * laid against the very end, where merely reading beyond it traps.
 */
export class GuardedMemory extends Memory {
  readonly #blocks = new Map<number, Guarded>();
  readonly #edge: number;
  #count = 0;
  #atEdge: number | undefined;

  constructor(shared: boolean) {
    super(shared, PAGES, PAGES);
    const length = this.buffer.byteLength;
    const rest = super.allocate(length - this.bytesAtStart - EDGE_BYTES);
    this.#edge = super.allocate(EDGE_BYTES);
    super.release(rest);
    if (this.#edge + EDGE_BYTES !== length) throw new Error("the edge is not at the end");
  }

  /** Blocks handed out since {@link layAtEdge}. */
  get count(): number {
    return this.#count;
  }

  /** Counts from 0 again, and lays the block of this number, if any, against the end. */
  layAtEdge(number?: number): void {
    this.#count = 0;
    this.#atEdge = number;
  }

  override allocate(bytes: number): number {
    const atEdge = this.#count++ === this.#atEdge && bytes > 0 && bytes <= EDGE_BYTES;
    if (atEdge) {
      const end = this.#edge + EDGE_BYTES;
      return this.#guard({ start: this.#edge, end, bytes }, end - bytes);
    }
    const room = 64 * Math.ceil(bytes / 64) + 2 * GUARD;
    const start = super.allocate(room);
    return this.#guard({ start, end: start + room, bytes }, start + GUARD);
  }

  override release(address: number): void {
    const block = this.#blocks.get(address);
    if (!block) throw new RangeError(`address: expected one in use, got ${address}`);
    this.#check(address, block);
    this.#blocks.delete(address);
    this.#fill(block);
    if (block.start !== this.#edge) super.release(block.start);
  }

  /** @throws Error if anything was written outside a block. */
  check(): void {
    for (const [address, block] of this.#blocks) this.#check(address, block);
  }

  #guard(block: Guarded, address: number): number {
    this.#fill(block);
    this.#blocks.set(address, block);
    return address;
  }

  #fill({ start, end }: Guarded): void {
    this.ints.fill(PATTERN, start / 4, end / 4);
  }

  #check(address: number, { start, end, bytes }: Guarded): void {
    const { bytes: memory } = this;
    const whole = new Uint8Array(Int32Array.of(PATTERN).buffer);
    const look = (from: number, to: number) => {
      for (let at = from; at < to; at++) {
        if (memory[at] !== whole[at % 4]) {
          const off = at < address ? at - address : at - address - bytes;
          throw new Error(
            `memory: expected nothing written outside a block of ${bytes} bytes, got byte ${off} from its ${off < 0 ? "start" : "end"} changed`,
          );
        }
      }
    };
    look(Math.max(start, address - 4096), address);
    look(address + bytes, end);
  }
}
