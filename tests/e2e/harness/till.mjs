import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { until } from "./until.mjs";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? `${ROOT}target`;

/** The program under test. */
export const MADANG = process.env.MADANG_BIN ?? `${TARGET}/debug/madang`;

const PAGE = /http:\/\/127\.0\.0\.1:(\d+)\/#token=(\S+)/;

/** A program that was started, and everything it has printed. */
export class Program {
  #child;
  #printed = "";

  constructor(args) {
    this.#child = spawn(MADANG, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.#printed += text));
    }
  }

  get printed() {
    return this.#printed;
  }

  /** What it printed, as soon as it matches. */
  async says(pattern) {
    return until(`the program says ${pattern}; it said:\n${this.#printed}`, () => {
      const found = this.#printed.match(pattern);
      if (found === null && this.#hasEnded) throw new Error(`the program ended instead of saying ${pattern}:\n${this.#printed}`);
      return found ?? undefined;
    });
  }

  /** Ends it as a power cut does, or politely. */
  async end(signal = "SIGKILL") {
    if (this.#hasEnded) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }

  get #hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

/** Plays a script in virtual time into a data folder, which a till then opens. */
export function playInto(data, script) {
  const { status, stderr } = spawnSync(MADANG, ["run", "--script", "-", "--data", data], { cwd: ROOT, input: script, encoding: "utf8" });
  if (status !== 0) throw new Error(`the script was not played: ${stderr}`);
}

/** A running till: `madang dev` on a folder of its own. */
export class Till {
  #program;
  #args;

  /** Opens a till. `flags` are further words of the command line. */
  static async open({ plugins = [], shop = "cafe", data, flags = [] }) {
    const till = new Till();
    till.#args = ["dev", ...plugins, "--shop", shop, "--data", data, "--no-open", ...flags];
    await till.#start(0);
    return till;
  }

  /** Dies at once, with all that was only in its memory. */
  kill() {
    return this.#program.end("SIGKILL");
  }

  /** Opens again on the same folder and the same port. */
  async openAgain() {
    await this.#start(this.port);
  }

  close() {
    return this.#program.end("SIGTERM");
  }

  says(pattern) {
    return this.#program.says(pattern);
  }

  get printed() {
    return this.#program.printed;
  }

  /** The address of a path of the page. */
  page(path = "/order", query = "") {
    return `http://127.0.0.1:${this.port}${path}${query === "" ? "" : `?${query}`}#token=${this.token}`;
  }

  /** A request outside of any browser, with exactly these headers. */
  async ask(path, { method = "GET", headers = { authorization: `Bearer ${this.token}` }, body } = {}) {
    const asked = request({ host: "127.0.0.1", port: this.port, path, method, headers });
    asked.end(body);
    const [answer] = await once(asked, "response");
    if (/event-stream/.test(answer.headers["content-type"] ?? "")) {
      answer.destroy();
      return { status: answer.statusCode, headers: answer.headers, text: "" };
    }
    let text = "";
    for await (const part of answer.setEncoding("utf8")) text += part;
    return { status: answer.statusCode, headers: answer.headers, text };
  }

  /** What the API says at a path. */
  async read(path) {
    const { status, text } = await this.ask(path);
    if (status !== 200) throw new Error(`GET ${path} was answered with ${status}: ${text}`);
    return JSON.parse(text);
  }

  /** Does steps of a script, as somebody else at the same till would. */
  async act(...steps) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const { text } = await this.ask("/api/act", { method: "POST", headers, body: JSON.stringify({ steps: steps.join("\n") }) });
    if (JSON.parse(text).ok !== true) throw new Error(`the steps ${steps} were answered with ${text}`);
  }

  async #start(port) {
    this.#program = new Program([...this.#args, "--port", String(port)]);
    const [, printedPort, token] = await this.#program.says(PAGE);
    this.port = Number(printedPort);
    this.token = token;
  }
}
