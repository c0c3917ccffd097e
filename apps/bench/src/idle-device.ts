import { backend } from "@tensorflow/tfjs-core";

type Method = (...args: unknown[]) => unknown;

interface Device {
  createCommandEncoder(...args: unknown[]): Record<"beginComputePass", Method>;
}

/**
 * Has the device of the active WebGPU backend do no work while something else is done: each dispatch is
 * recorded and submitted, of no workgroups. What the main thread does, and what it asks the device for,
 * is the same, as long as nothing hangs on numbers that are read; and it has the processor to itself
 * where a GPU is emulated on it.
 */
export async function withIdleDevice<Result>(work: () => Promise<Result>): Promise<Result> {
  const { device } = backend() as unknown as { device: Device };
  const create = device.createCommandEncoder;
  device.createCommandEncoder = (...args) => {
    const encoder = create.apply(device, args);
    const begin = encoder.beginComputePass;
    encoder.beginComputePass = (...given) => {
      const pass = begin.apply(encoder, given) as Record<"dispatchWorkgroups", Method>;
      const dispatch = pass.dispatchWorkgroups;
      pass.dispatchWorkgroups = () => dispatch.call(pass, 0, 0, 0);
      return pass;
    };
    return encoder;
  };
  try {
    return await work();
  } finally {
    // Its class's own again.
    Reflect.deleteProperty(device, "createCommandEncoder");
  }
}
