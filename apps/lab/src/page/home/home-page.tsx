import { say } from "../language";
import { Words } from "../parts/words";
import { listed } from "../question/questions";
import { linkTo } from "../route";
import { DeviceLine } from "../shell/device-choice";
import { ui } from "../texts";

/** The first page: what this is, and all there is to see. */
export function HomePage() {
  return (
    <div class="home">
      <h1>{say(ui.title)}</h1>
      <p class="lead">{say(ui.tagline)}</p>
      <p>{say(ui.intro)}</p>
      <DeviceLine />
      <h2>{say(ui.rooms)}</h2>
      <ul class="cards rooms">
        <li>
          <a class="card" href={linkTo({ room: "playground" })}>
            <b>{say(ui.playground)}</b>
            <span>{say(ui.playgroundSays)}</span>
          </a>
        </li>
        <li>
          <a class="card" href={linkTo({ room: "positions" })}>
            <b>{say(ui.positions)}</b>
            <span>{say(ui.positionsSays)}</span>
          </a>
        </li>
      </ul>
      <h2>{say(ui.questions)}</h2>
      <ol class="cards">
        {listed().map(({ id, number, question, teaser }) => (
          <li key={id}>
            <a class="card" href={linkTo({ room: "question", id })}>
              <span class="number" aria-hidden="true">
                {number}
              </span>
              <span>
                <b>
                  <Words>{question}</Words>
                </b>
                <span class="soft teaser" dangerouslySetInnerHTML={{ __html: teaser }} />
              </span>
            </a>
          </li>
        ))}
      </ol>
    </div>
  );
}
