import { say } from "../language";
import { Words } from "../parts/words";
import { listed } from "../question/questions";
import { linkTo, type Route, route } from "../route";
import { ui } from "../texts";
import { DeviceChoice } from "./device-choice";
import { menuOpen } from "./menu";

/** All places, and what the page computes on. */
export function Navigation() {
  const close = ({ key }: KeyboardEvent) => {
    if (key === "Escape") menuOpen.value = false;
  };
  return (
    <nav
      id="navigation"
      class={menuOpen.value ? "open" : ""}
      aria-label={say(ui.navigation)}
      onKeyDown={close}
    >
      <h2>{say(ui.rooms)}</h2>
      <ul>
        <Place to={{ room: "playground" }} name={say(ui.playground)} mark="▶" />
        <Place to={{ room: "positions" }} name={say(ui.positions)} mark="◫" />
      </ul>
      <h2>{say(ui.questions)}</h2>
      <ol>
        {listed().map(({ id, number, question }) => (
          <Place key={id} to={{ room: "question", id }} name={question} mark={String(number)} />
        ))}
      </ol>
      <DeviceChoice />
    </nav>
  );
}

function Place({ to, name, mark }: { to: Route; name: string; mark: string }) {
  const isHere = linkTo(to) === linkTo(route.value);
  return (
    <li>
      <a href={linkTo(to)} aria-current={isHere ? "page" : undefined}>
        <span class="mark" aria-hidden="true">
          {mark}
        </span>
        <span>
          <Words>{name}</Words>
        </span>
      </a>
    </li>
  );
}
