import { effect, signal } from "@preact/signals";
import { route } from "../route";

/** Whether the contents are open where they do not stand beside the page. */
export const menuOpen = signal(false);

// Whoever has chosen a place wants to see it.
effect(() => {
  void route.value;
  menuOpen.value = false;
});
