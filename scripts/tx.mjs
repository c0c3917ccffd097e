// npm start, npm test, npm run bench, npm run lab, npm run test:golden, npm run setup:tensorflow:
// node scripts/tx.mjs start|test|bench|lab|golden|tensorflow [args]
// Kept to syntax that Node 12 can read, so that an old Node gets a sentence and not a syntax error.
const found = process.versions.node;
const [major, minor] = found.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `tx: Node is too old: expected 20.19 or newer, got ${found}. Install a newer one (https://nodejs.org) and run the same command again.`,
  );
  process.exitCode = 1;
} else {
  import("./commands.mjs")
    .then((commands) => commands.run(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    })
    .catch((error) => {
      console.error(error.name === "SetupError" ? `tx: ${error.message}` : error);
      process.exitCode = 1;
    });
}
