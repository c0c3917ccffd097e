import { colorVariables } from "../plot/colors";

/** The look of the summary, in light and dark, and the switch of its language. */
export const styles = `
${colorVariables}
:root { color-scheme: light dark; --page:#f6f7f9; }
@media (prefers-color-scheme: dark) { :root { --page:#12151b; } }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: var(--ink);
  background: var(--page); margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p, li { max-width: 48rem; }
a { color: var(--c0); }
.soft { color: var(--soft); font-size: .9rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.2rem; margin-top: 1.2rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .9rem; font-weight: 600; margin-bottom: .3rem; }
svg { display: block; width: 100%; height: auto; }
.findings { padding-left: 1.2rem; }
.findings li { margin: .4rem 0; }
.against { border-left: 4px solid var(--c1); padding-left: .7rem; list-style: none; margin-left: -1.1rem !important; }
.against b { color: var(--c1); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; overflow-x: auto; font-size: .82rem; }
math[display="block"] { overflow-x: auto; overflow-y: hidden; padding: .2rem 0; }
summary { cursor: pointer; color: var(--soft); }
nav ol { columns: 20rem; }
.switch { float: right; display: flex; gap: .3rem; }
.switch label { border: 1px solid var(--line); border-radius: 8px; padding: .15rem .7rem; background: var(--card); cursor: pointer; }
.switch input { position: absolute; opacity: 0; }
.switch label:has(:checked) { border-color: var(--c0); color: var(--c0); font-weight: 600; }
.switch label:has(:focus-visible) { outline: 2px solid var(--c0); }
body:has(#language-en:checked) [data-language=zh], body:has(#language-zh:checked) [data-language=en] { display: none; }
`;
