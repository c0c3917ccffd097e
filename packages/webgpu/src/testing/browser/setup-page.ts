// vitest 4.1.12 serves the set-up file itself to a page with its bare imports as they are, which no
// browser resolves; what it imports by a path is served like any other module.
import "../setup-webgpu";
