import "@tensorflow/tfjs-backend-webgpu";
import "@tx/simd";
import "@tx/webgpu";
import { train } from "./train";

/** What the page saw of requests that its policy forbids. */
const refused: string[] = [];
document.addEventListener("securitypolicyviolation", ({ blockedURI }) => refused.push(blockedURI));

const tell = (result: object) => fetch("/result", { method: "POST", body: JSON.stringify(result) });

async function run(): Promise<object> {
  const simd = await train("simd");
  const webgpu = await train("webgpu");
  return { trained: [simd, webgpu], refused };
}

run().then(tell, (error: Error) => tell({ problem: error.stack ?? error.message }));
