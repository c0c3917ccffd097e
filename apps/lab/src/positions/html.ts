const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as it may stand in HTML, between tags and in quoted attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

/** The look of the page. Pictures have light colours, so the page stays light. */
export const styles = `
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 2rem auto;
  max-width: 90rem; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 0; }
p { max-width: 48rem; margin: .3rem 0; }
nav { margin: 1rem 0; font-size: .9rem; }
a { color: #1b5a9c; }
code { background: #f2f2f2; padding: .1rem .3rem; border-radius: 3px; font-size: .85rem; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(42rem, 100%), 1fr)); gap: 0 2rem; }
section { border-top: 1px solid #ddd; padding: 1rem 0; min-width: 0; }
.picture { overflow-x: auto; }
svg { display: block; }
`;
