import { isRegistered } from "../activate";
import { BackendError } from "../backend-error";
import { loadFor, startFor } from "../install";
import { nameGpu } from "../software-adapter";
import type { Open } from "./open";

/** tfjs's own WebGL backend, for browsers. */
export const openWebgl: Open = async (host) => {
  await loadFor("webgl", host, "@tensorflow/tfjs-backend-webgl");
  if (!isRegistered("webgl")) {
    const got = host.nodeVersion === undefined ? "none" : `Node ${host.nodeVersion}`;
    throw new BackendError("webgl", `expected a browser, got ${got}; in Node use webgpu or auto`);
  }
  const backend = await startFor("webgl", "@tensorflow/tfjs-backend-webgl");
  const renderer = rendererOf(backend);
  return nameGpu(renderer, { description: renderer });
};

/** Name of the renderer behind a WebGL backend; browsers may keep it to themselves. */
function rendererOf(backend: unknown): string {
  const gl = (backend as { gpgpu?: { gl?: WebGLRenderingContext } }).gpgpu?.gl;
  const named = gl?.getExtension("WEBGL_debug_renderer_info");
  const renderer = gl?.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  return typeof renderer === "string" && renderer !== "" ? renderer : "through WebGL";
}
