import { useId } from "preact/hooks";
import { languages } from "../../experiment/experiment";
import { language, say } from "../language";
import { linkTo } from "../route";
import { ui } from "../texts";
import { theme, themes } from "../theme";
import { menuOpen } from "./menu";

const names = { en: "English", zh: "中文" };

/** The name of the place, and how it looks: language and colours. */
export function Header() {
  const colours = useId();
  return (
    <header class="top">
      <button
        type="button"
        class="quiet menu"
        aria-expanded={menuOpen.value}
        aria-controls="navigation"
        onClick={() => {
          menuOpen.value = !menuOpen.value;
        }}
      >
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M3 5h14M3 10h14M3 15h14" stroke="currentColor" stroke-width="2" fill="none" />
        </svg>
        <span class="unseen">{say(menuOpen.value ? ui.closeMenu : ui.menu)}</span>
      </button>
      <a class="brand" href={linkTo({ room: "home" })}>
        <Mark />
        <span>{say(ui.title)}</span>
      </a>
      <div class="settings">
        <fieldset class="segments">
          <legend class="unseen">{say(ui.language)}</legend>
          {languages.map((each) => (
            <button
              key={each}
              type="button"
              lang={each === "zh" ? "zh-Hans" : "en"}
              aria-pressed={language.value === each}
              onClick={() => {
                language.value = each;
              }}
            >
              {names[each]}
            </button>
          ))}
        </fieldset>
        <label class="unseen" for={colours}>
          {say(ui.theme)}
        </label>
        <select
          id={colours}
          class="colours"
          value={theme.value}
          onChange={({ currentTarget }) => {
            theme.value = currentTarget.value as (typeof themes)[number];
          }}
        >
          {themes.map((each) => (
            <option key={each} value={each}>
              {say(ui.themes[each])}
            </option>
          ))}
        </select>
      </div>
    </header>
  );
}

/** A small causal attention map. */
function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--c0)" />
      <g fill="var(--card)">
        <rect x="6" y="6" width="5" height="5" rx="1" />
        <rect x="6" y="13.5" width="5" height="5" rx="1" opacity=".55" />
        <rect x="13.5" y="13.5" width="5" height="5" rx="1" />
        <rect x="6" y="21" width="5" height="5" rx="1" opacity=".8" />
        <rect x="13.5" y="21" width="5" height="5" rx="1" opacity=".4" />
        <rect x="21" y="21" width="5" height="5" rx="1" fill="#ffb15c" />
      </g>
    </svg>
  );
}
