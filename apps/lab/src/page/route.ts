import { signal } from "@preact/signals";

/** A place of the page, as its address says after the #. */
export type Route =
  | { readonly room: "home" }
  | { readonly room: "question"; readonly id: string }
  | { readonly room: "playground" }
  | { readonly room: "positions" };

/** Where the reader is. */
export const route = signal(routeOf(location.hash));

addEventListener("hashchange", () => {
  if (location.hash === "" || location.hash.startsWith("#/")) {
    route.value = routeOf(location.hash);
  } else {
    // A link within the page, such as the one to the content, leads nowhere else.
    history.replaceState(null, "", linkTo(route.value));
  }
});

/** The address of a place. */
export const linkTo = (to: Route): string =>
  to.room === "home" ? "#/" : to.room === "question" ? `#/question/${to.id}` : `#/${to.room}`;

/** What the address says of the settings of the place, by name. */
export const settingsOfAddress = (): URLSearchParams =>
  new URLSearchParams(location.hash.split("?")[1] ?? "");

/** Puts settings into the address, so that a link to it brings them along. */
export function setAddress(settings: Readonly<Record<string, string>>): void {
  const written = new URLSearchParams(settings).toString();
  const query = written === "" ? "" : `?${written}`;
  history.replaceState(null, "", `${linkTo(route.peek())}${query}`);
}

/** The place of an address; home where it names none. */
function routeOf(hash: string): Route {
  const [, room, id] = hash.split("?", 1)[0]!.split("/");
  if (room === "question" && id) return { room, id };
  if (room === "playground" || room === "positions") return { room };
  return { room: "home" };
}
