/** Blocks start at multiples of this, so that vectors and cache lines are never split. */
export const ALIGNMENT = 64;

interface Block {
  readonly start: number;
  size: number;
  free: boolean;
  /** Neighbours in memory. */
  before: Block | undefined;
  after: Block | undefined;
  /** Neighbours in the list of free blocks of its size class. */
  previous: Block | undefined;
  next: Block | undefined;
}

/**
 * Hands out ranges of one memory. Free neighbours join at once and the tightest class of sizes is
 * searched first, so a load that repeats itself, as training does, comes to rest at its peak.
 */
export class Allocator {
  readonly #taken = new Map<number, Block>();
  readonly #free: (Block | undefined)[] = [];
  readonly #start: number;
  #last: Block | undefined;
  #end: number;
  #bytesInUse = 0;

  /**
   * @param start First address to hand out, a multiple of {@link ALIGNMENT}.
   * @param end Address after the last that is there now.
   * @param grow Makes the memory at least that long and gives its new length in bytes, or
   *   undefined when it cannot.
   */
  constructor(
    start: number,
    end: number,
    private readonly grow: (length: number) => number | undefined,
  ) {
    this.#start = start;
    this.#end = start;
    this.#extend(end);
  }

  /** Bytes handed out, rounded up to blocks. */
  get bytesInUse(): number {
    return this.#bytesInUse;
  }

  /** Bytes there are, in use or free. */
  get bytesReserved(): number {
    return this.#end;
  }

  /**
   * @returns The address of at least that many bytes.
   * @throws RangeError if there is no room; everything handed out before stays as it is.
   */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    // Of shapes that make no sense: no list of free blocks may be asked for that many.
    if (Number.isNaN(size)) throw new RangeError(`bytes: expected a number, got ${bytes}`);
    const block = this.#find(size) ?? this.#make(size);
    if (!block) throw new RangeError(this.#noRoom(bytes));
    this.#unlist(block);
    this.#split(block, size);
    block.free = false;
    this.#taken.set(block.start, block);
    this.#bytesInUse += block.size;
    return block.start;
  }

  /** @throws RangeError if the address was not handed out, or is free again. */
  release(address: number): void {
    const block = this.#taken.get(address);
    if (!block) throw new RangeError(`address: expected one in use, got ${address}`);
    this.#taken.delete(address);
    this.#bytesInUse -= block.size;
    block.free = true;
    const { before, after } = block;
    if (after?.free) this.#join(block, after);
    if (before?.free) {
      this.#unlist(before);
      this.#join(before, block, false);
      this.#list(before);
    } else {
      this.#list(block);
    }
  }

  /** @throws Error if blocks overlap, leave a gap, are listed or counted wrongly; for tests. */
  check(): void {
    const listed = new Set<Block>();
    this.#free.forEach((head, bin) => {
      let previous: Block | undefined;
      for (let block = head; block; previous = block, block = block.next) {
        const isRight = block.free && binOf(block.size) === bin && block.previous === previous;
        if (!isRight) throw new Error("a block is listed wrongly");
        listed.add(block);
      }
    });
    let [inUse, taken, end, after] = [0, 0, this.#end, undefined as Block | undefined];
    for (let block = this.#last; block; after = block, block = block.before) {
      if (block.start + block.size !== end || block.after !== after) {
        throw new Error("blocks leave a gap");
      }
      if (block.free !== listed.has(block)) throw new Error("a free block is not listed");
      if (block.free && after?.free) throw new Error("free neighbours are apart");
      if (!block.free) {
        if (this.#taken.get(block.start) !== block) throw new Error("a block is not known");
        inUse += block.size;
        taken++;
      }
      end = block.start;
    }
    if (end !== this.#start) throw new Error("blocks leave a gap");
    if (inUse !== this.#bytesInUse || taken !== this.#taken.size) {
      throw new Error("bytes in use are counted wrongly");
    }
  }

  #find(size: number): Block | undefined {
    const bin = binOf(size);
    for (let block = this.#free[bin]; block; block = block.next) {
      if (block.size >= size) return block;
    }
    for (let larger = bin + 1; larger < this.#free.length; larger++) {
      if (this.#free[larger]) return this.#free[larger];
    }
    return undefined;
  }

  #make(size: number): Block | undefined {
    const rest = this.#last?.free ? this.#last.size : 0;
    const least = this.#end + size - rest;
    // An eighth more than there is, so that growth is rare; just enough where that is too much.
    const generous = Math.max(least, this.#end + Math.ceil(this.#end / 8));
    const length = this.grow(generous) ?? this.grow(least);
    if (length === undefined) return undefined;
    this.#extend(length);
    return this.#last;
  }

  #extend(end: number): void {
    const size = Math.floor((end - this.#end) / ALIGNMENT) * ALIGNMENT;
    if (size <= 0) return;
    const block = this.#block(this.#end, size, this.#last, undefined);
    if (this.#last) this.#last.after = block;
    this.#last = block;
    this.#end += size;
    if (block.before?.free) {
      this.#unlist(block.before);
      this.#join(block.before, block, false);
      this.#list(this.#last);
    } else {
      this.#list(block);
    }
  }

  #split(block: Block, size: number): void {
    if (block.size === size) return;
    const rest = this.#block(block.start + size, block.size - size, block, block.after);
    if (block.after) block.after.before = rest;
    else this.#last = rest;
    block.after = rest;
    block.size = size;
    this.#list(rest);
  }

  /** Makes the second of two neighbours part of the first. */
  #join(first: Block, second: Block, listed = true): void {
    if (listed) this.#unlist(second);
    first.size += second.size;
    first.after = second.after;
    if (second.after) second.after.before = first;
    else this.#last = first;
  }

  #list(block: Block): void {
    const bin = binOf(block.size);
    block.previous = undefined;
    block.next = this.#free[bin];
    if (block.next) block.next.previous = block;
    while (this.#free.length < bin) this.#free.push(undefined);
    this.#free[bin] = block;
  }

  #unlist(block: Block): void {
    if (block.previous) block.previous.next = block.next;
    else this.#free[binOf(block.size)] = block.next;
    if (block.next) block.next.previous = block.previous;
    block.previous = undefined;
    block.next = undefined;
  }

  #block(start: number, size: number, before: Block | undefined, after: Block | undefined): Block {
    return { start, size, free: true, before, after, previous: undefined, next: undefined };
  }

  #noRoom(bytes: number): string {
    const megabytes = (n: number) => `${(n / 2 ** 20).toFixed(1)} MB`;
    return `memory: expected room for ${megabytes(bytes)}, got ${megabytes(this.#bytesInUse)} in use of ${megabytes(this.#end)}, which cannot grow`;
  }
}

/** Four classes an octave: 1, 2, 3, 4, 5, 6, 7, 8 to 9, 10 to 11, … units of {@link ALIGNMENT}. */
function binOf(size: number): number {
  const units = size / ALIGNMENT;
  const octave = 31 - Math.clz32(units);
  // The two bits below the highest say which quarter. By shifts: a power takes longer than the rest.
  const quarters = octave >= 2 ? units >>> (octave - 2) : units << (2 - octave);
  return octave * 4 + quarters - 4;
}
