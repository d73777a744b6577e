// The server in a process of its own, afresh for every turn: nothing of one turn is left for the next.

import { spawn } from "node:child_process";
import { once } from "node:events";

export async function withServer(program, act) {
  const server = spawn(program, [], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = await once(server.stdout, "data");
    return await act(line.toString().trim());
  } finally {
    server.kill();
  }
}
