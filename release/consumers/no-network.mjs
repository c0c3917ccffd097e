// Loaded before a program: whatever would leave the machine throws, and fails the program even where
// the error is caught.
import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";

const refuse = (what) => () => {
  process.exitCode = 1;
  const error = new Error(`${what}: expected no network at run time, got a call`);
  console.error(error);
  throw error;
};
net.Socket.prototype.connect = refuse("connect");
dgram.Socket.prototype.send = refuse("send");
dns.lookup = refuse("lookup");
dns.promises.lookup = refuse("lookup");
globalThis.fetch = refuse("fetch");
