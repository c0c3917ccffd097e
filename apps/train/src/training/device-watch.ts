import { backend } from "@tensorflow/tfjs-core";
import { eventLoopTurn } from "./event-loop-turn";

/** As much of a WebGPU device as is looked at here. */
interface Device {
  readonly lost: Promise<{ readonly message: string }>;
  addEventListener(
    type: "uncapturederror",
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void;
}

/**
 * Whether the device still does what it is told. WebGPU says of a lost device, and of memory that did
 * not do, to listeners alone: tfjs 4.22.0 has none, and goes on with numbers that nobody computed.
 */
export class DeviceWatch {
  #failure: Error | null = null;
  #tell: (failure: Error) => void = () => {};

  /** @param device None on backends that tell of their troubles by throwing. */
  constructor(device?: Device) {
    device?.lost.then(({ message }) => this.#fail(`the device was lost: ${message}`));
    device?.addEventListener("uncapturederror", ({ error }) => {
      const kind = error.constructor.name === "GPUOutOfMemoryError" ? "out of memory" : "refused";
      this.#fail(`the device: ${kind}: ${error.message}`);
    });
  }

  /** That of the active backend. */
  static ofBackend(): DeviceWatch {
    return new DeviceWatch((backend() as { device?: Device }).device);
  }

  /**
   * Does some work, one at a time; what waits for an answer of a device that is gone would wait for good.
   *
   * @throws Error of the work, or the first that the device told of.
   */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure) throw this.#failure;
    try {
      return await new Promise((resolve, reject) => {
        this.#tell = reject;
        work().then(resolve, reject);
      });
    } catch (error) {
      // An answer that a lost device owes may fail before it is told why.
      await eventLoopTurn();
      throw this.#failure ?? error;
    }
  }

  #fail(message: string): void {
    this.#failure ??= new Error(message.replace(/: $/, ""));
    this.#tell(this.#failure);
  }
}
