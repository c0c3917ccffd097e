import { useEffect, useRef } from "preact/hooks";
import { HomePage } from "../home/home-page";
import { language, say } from "../language";
import { PlaygroundPage } from "../playground/playground-page";
import { PositionsPage } from "../positions/positions-page";
import { QuestionPage } from "../question/question-page";
import { titleOf } from "../question/questions";
import { type Route, route } from "../route";
import { ui } from "../texts";
import { Header } from "./header";
import { Navigation } from "./navigation";

/** The whole page: what is around, and the room that the reader is in. */
export function App() {
  const main = useRef<HTMLElement>(null);
  const here = route.value;
  const address = here.room === "question" ? here.id : here.room;

  useEffect(() => {
    const name = nameOf(here);
    document.title = name === undefined ? say(ui.title) : `${name} · ${say(ui.title)}`;
  }, [address, language.value]);

  // Who goes to another place begins at its top, with the screen reader too.
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) {
      scrollTo({ top: 0 });
      main.current?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [address]);

  return (
    <>
      <a class="skip" href="#main">
        {say(ui.skip)}
      </a>
      <Header />
      <div class="columns">
        <Navigation />
        <main id="main" ref={main} tabIndex={-1} key={address} data-place={address}>
          <Room route={here} />
        </main>
      </div>
    </>
  );
}

function Room({ route: here }: { route: Route }) {
  switch (here.room) {
    case "home":
      return <HomePage />;
    case "question":
      return <QuestionPage id={here.id} />;
    case "playground":
      return <PlaygroundPage />;
    case "positions":
      return <PositionsPage />;
  }
}

function nameOf(here: Route): string | undefined {
  if (here.room === "question") return titleOf(here.id);
  if (here.room === "home") return undefined;
  return say(ui[here.room]);
}
