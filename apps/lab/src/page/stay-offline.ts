import { signal } from "@preact/signals";

/** Whether the page is kept in the browser, so that it opens without a network. */
export const isOffline = signal(false);

/** Has a service worker keep the page; without one it works all the same, with a network. */
export async function stayOffline(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("./service-worker.js");
    await navigator.serviceWorker.ready;
    isOffline.value = true;
  } catch (error) {
    console.info(`tx lab: not kept for offline use: ${error}`);
  }
}
