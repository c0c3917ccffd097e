import { bringUp, installDawn } from "@tx/testing";
import "../index";

interface Descriptor {
  readonly requiredFeatures?: readonly string[];
}

interface Adapter {
  readonly features: { has(feature: string): boolean };
  requestDevice(descriptor: Descriptor): Promise<object>;
}

interface Gpu {
  requestAdapter(...args: unknown[]): Promise<Adapter | null>;
}

const asked = Symbol.for("@tx/webgpu/testing");

/** Has tfjs's device come with subgroups where there are some, as useBackend of @tx/backend asks for it. */
async function askForSubgroups(): Promise<void> {
  await installDawn();
  const { gpu } = navigator as unknown as { gpu: Gpu & { [asked]?: boolean } };
  if (gpu[asked]) return;
  gpu[asked] = true;
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (...args) => {
    const adapter = await requestAdapter(...args);
    if (!adapter?.features.has("subgroups")) return adapter;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = ({ requiredFeatures = [], ...rest }) =>
      requestDevice({ ...rest, requiredFeatures: [...requiredFeatures, "subgroups"] });
    return adapter;
  };
}

await askForSubgroups();
// vitest runs this before each test file, so a file that switches backends does not disturb the next.
await bringUp("webgpu");
