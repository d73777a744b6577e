import { once } from "node:events";
import { connect, createServer } from "node:net";
import { Program } from "./till.mjs";
import { until } from "./until.mjs";

/**
 * A card terminal in a process of its own, and the cable between it and the till: a relay that can be cut after the terminal
 * has done its work and before the till hears of it.
 */
export class Terminal {
  #program;
  #port;
  #cable;
  #sockets = new Set();
  #cut = "whole";

  static async open({ book, flags = [] }) {
    const terminal = new Terminal();
    terminal.#program = new Program(["terminal", "--book", book, ...flags]);
    const [, port] = await terminal.#program.says(/127\.0\.0\.1:(\d+)/);
    terminal.#port = Number(port);
    terminal.#cable = createServer((till) => terminal.#relay(till)).listen(0, "127.0.0.1");
    await once(terminal.#cable, "listening");
    return terminal;
  }

  /** Where a till reaches it. */
  get address() {
    return `127.0.0.1:${this.#cable.address().port}`;
  }

  /** The next answer to a card payment is lost on the way, and nothing comes through after it. */
  loseNextAnswer() {
    this.#cut = "at the next answer";
  }

  /** Cuts the cable now. */
  cut() {
    this.#cut = "now";
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.#cut = "whole";
  }

  /** Chooses how the running card payment ends, at the terminal itself. */
  choose(outcome) {
    return this.#ask({ do: "choose", outcome: { outcome }, sticky: true });
  }

  /** Waits until the terminal's own screen shows this. The till's says "waiting" a moment before the terminal has heard of the payment. */
  shows(screen) {
    return until(`the terminal shows ${screen}`, async () => {
      const { with: { view } } = await this.#ask({ do: "view", seen: null });
      return view.screen === screen;
    });
  }

  async close() {
    this.cut();
    this.#cable.close();
    await this.#program.end("SIGTERM");
  }

  /** Asks it past the cable, and gives what it answers. */
  async #ask(question) {
    const socket = connect(this.#port, "127.0.0.1");
    await once(socket, "connect");
    socket.end(`${JSON.stringify(question)}\n`);
    let answer = "";
    for await (const part of socket.setEncoding("utf8")) answer += part;
    return JSON.parse(answer);
  }

  #relay(till) {
    this.#keep(till);
    if (this.#cut === "now") return void till.destroy();
    const terminal = this.#keep(connect(this.#port, "127.0.0.1"));
    let isPayment = false;
    till.on("data", (bytes) => {
      isPayment ||= bytes.includes('"authorize"');
      terminal.write(bytes);
    });
    till.on("end", () => terminal.end());
    terminal.on("data", (bytes) => {
      if (isPayment && this.#cut === "at the next answer") this.cut();
      else till.write(bytes);
    });
    terminal.on("end", () => till.end());
    return undefined;
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A cable that is cut is what these tests are about.
    socket.on("error", () => socket.destroy());
    return socket;
  }
}
