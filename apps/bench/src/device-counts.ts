import { backend } from "@tensorflow/tfjs-core";

/** What a WebGPU device was asked for during a piece of work. */
export interface DeviceCounts {
  dispatches: number;
  submits: number;
  buffersCreated: number;
  pipelinesCreated: number;
  /** Tensors that came from the host: tfjs writes each into a buffer of its own. */
  uploads: number;
  uploadedBytes: number;
  /** Tensors that went to the host. */
  reads: number;
  readBytes: number;
}

/** GPUBufferUsage.MAP_READ */
const MAP_READ = 1;

interface Buffer {
  readonly usage: number;
}

interface BufferDescriptor {
  readonly size: number;
  readonly mappedAtCreation?: boolean;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Wrapped = Record<string, Method>;

/** As much of a device as is counted. */
export interface CountedDevice {
  readonly queue: object;
}

/**
 * Counts what a piece of work asks of the active backend's device, by wrapping the device's own
 * methods for as long as it lasts.
 *
 * @returns Undefined where the backend has no WebGPU device.
 */
export async function countOnDevice(
  work: () => Promise<unknown>,
  device = (backend() as { device?: CountedDevice }).device,
): Promise<DeviceCounts | undefined> {
  if (device === undefined) return undefined;
  const counts: DeviceCounts = {
    ...{ dispatches: 0, submits: 0, buffersCreated: 0, pipelinesCreated: 0 },
    ...{ uploads: 0, uploadedBytes: 0, reads: 0, readBytes: 0 },
  };
  const undo: (() => void)[] = [];
  const after = (
    object: object,
    name: string,
    then: (result: unknown, args: unknown[]) => void,
  ) => {
    const own = Object.getOwnPropertyDescriptor(object, name);
    const original = (object as Wrapped)[name];
    if (original === undefined) return;
    const wrapped = (...args: unknown[]) => {
      const result = original.apply(object, args);
      then(result, args);
      return result;
    };
    Object.defineProperty(object, name, { value: wrapped, configurable: true, writable: true });
    undo.push(() => {
      if (own) Object.defineProperty(object, name, own);
      else delete (object as Wrapped)[name];
    });
  };
  after(device.queue, "submit", () => counts.submits++);
  after(device, "createBuffer", (_, [descriptor]) => {
    const { size, mappedAtCreation } = descriptor as BufferDescriptor;
    counts.buffersCreated++;
    if (!mappedAtCreation) return;
    counts.uploads++;
    counts.uploadedBytes += size;
  });
  after(device, "createComputePipeline", () => counts.pipelinesCreated++);
  after(device, "createComputePipelineAsync", () => counts.pipelinesCreated++);
  after(device, "createCommandEncoder", (encoder) => {
    after(encoder as object, "copyBufferToBuffer", (_, [, , to, , size]) => {
      if (((to as Buffer).usage & MAP_READ) === 0) return;
      counts.reads++;
      counts.readBytes += size as number;
    });
    after(encoder as object, "beginComputePass", (pass) => {
      after(pass as object, "dispatchWorkgroups", () => counts.dispatches++);
      after(pass as object, "dispatchWorkgroupsIndirect", () => counts.dispatches++);
    });
  });
  try {
    await work();
  } finally {
    for (const restore of undo) restore();
  }
  return counts;
}
