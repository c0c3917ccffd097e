import { Allocator } from "./allocator";

const PAGE = 65_536;
/** One less than WebAssembly has, so that the address after the last byte is one too. */
const MOST_PAGES = 65_535;
const FIRST_PAGES = 256;

/** The one WebAssembly memory that every tensor of the backend lives in. */
export class Memory {
  readonly wasm: WebAssembly.Memory;
  readonly shared: boolean;
  /**
   * Nothing is ever at address 0, which kernels take for "none". The first page is never handed out:
   * it begins with zeros, and holds the kernels' constants, which every instance writes.
   */
  readonly bytesAtStart = PAGE;
  readonly #allocator: Allocator;
  /** The memory's buffers, before and after it grew. */
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  #bytes!: Uint8Array;
  #floats!: Float32Array;
  #ints!: Int32Array;

  /**
   * @param shared Whether threads are to see it.
   * @param maximumPages Most pages of 64 kB it may grow to; fewer where the machine has no such room.
   * @param firstPages How many it starts with.
   */
  constructor(shared: boolean, maximumPages = MOST_PAGES, firstPages = FIRST_PAGES) {
    this.shared = shared;
    this.wasm = create(shared, Math.min(maximumPages, MOST_PAGES), firstPages);
    this.#look();
    this.#allocator = new Allocator(this.bytesAtStart, this.#bytes.length, (length) =>
      this.#grow(length),
    );
  }

  /** Changes when the memory grows, and views of an unshared memory then lose what they showed. */
  get buffer(): ArrayBufferLike {
    return this.#bytes.buffer;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The whole memory as floats: address / 4 is the index. */
  get floats(): Float32Array {
    return this.#floats;
  }

  /** The whole memory as whole numbers: address / 4 is the index. */
  get ints(): Int32Array {
    return this.#ints;
  }

  get bytesInUse(): number {
    return this.#allocator.bytesInUse;
  }

  get bytesReserved(): number {
    return this.#bytes.length;
  }

  /** Whether a view shows this memory, as it is or as it was before it grew. */
  holds({ buffer }: ArrayBufferView): boolean {
    return this.#buffers.has(buffer);
  }

  /** @throws RangeError if there is no room; everything handed out before stays as it is. */
  allocate(bytes: number): number {
    return this.#allocator.allocate(bytes);
  }

  /** @throws RangeError if the address was not handed out, or was released already. */
  release(address: number): void {
    this.#allocator.release(address);
  }

  #grow(length: number): number | undefined {
    const pages = Math.ceil((length - this.#bytes.length) / PAGE);
    try {
      this.wasm.grow(pages);
    } catch {
      return undefined;
    }
    this.#look();
    return this.#bytes.length;
  }

  #look(): void {
    const { buffer } = this.wasm;
    this.#buffers.add(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#floats = new Float32Array(buffer);
    this.#ints = new Int32Array(buffer);
  }
}

function create(shared: boolean, maximumPages: number, firstPages: number): WebAssembly.Memory {
  // A shared memory reserves all that it may ever grow to; phones and 32-bit machines refuse 4 GB.
  for (let maximum = maximumPages; ; maximum = Math.floor(maximum / 2)) {
    try {
      return new WebAssembly.Memory({ initial: Math.min(firstPages, maximum), maximum, shared });
    } catch (error) {
      if (maximum <= 1024) throw error;
    }
  }
}
