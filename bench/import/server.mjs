// A PostgreSQL server of the benchmark's own: an ordinary user's, on a socket in a temporary folder, with the durability it comes with.

import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const DEBIAN = "/usr/lib/postgresql";
/** What a server that matters has, said here so that no file of the machine says otherwise; the rest is PostgreSQL's default. */
const SETTINGS = ["fsync=on", "synchronous_commit=on", "full_page_writes=on", "listen_addresses=", "timezone=Asia/Seoul"];

/** @returns {Server | undefined} undefined when PostgreSQL is not installed, or only root is there to run it. */
export function startServer() {
  const programs = foundPrograms();
  const user = process.getuid() === 0 ? userNamed("postgres") : null;
  if (programs === undefined || user === undefined) return undefined;
  const server = new Server(programs, user);
  process.once("exit", () => server.end());
  return server;
}

class Server {
  #programs;
  #user;
  folder = mkdtempSync(join(tmpdir(), "madang-bench-pg-"));

  constructor(programs, user) {
    this.#programs = programs;
    this.#user = user;
    chmodSync(this.folder, 0o755);
    if (user) chownSync(this.folder, user.id, user.group);
    try {
      this.#run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D", this.#data);
      const settings = [...SETTINGS, `unix_socket_directories=${this.folder}`].map((setting) => `-c ${setting}`).join(" ");
      this.#run("pg_ctl", "start", "-w", "-s", "-D", this.#data, "-l", join(this.folder, "log"), "-o", settings);
    } catch (error) {
      rmSync(this.folder, { recursive: true, force: true });
      throw error;
    }
  }

  get #data() {
    return join(this.folder, "data");
  }

  /** The address as URLs name it, without a table. */
  get address() {
    return `postgres://postgres@${encodeURIComponent(this.folder)}/postgres`;
  }

  /** The path of psql, which is asked as whoever runs this. */
  get psql() {
    return join(this.#programs, "psql");
  }

  get version() {
    return this.sql("SHOW server_version");
  }

  /** Runs SQL; rows by line, values by `|`. */
  sql(text) {
    return checked(spawnSync(this.psql, ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", this.folder, "-U", "postgres", "-d", "postgres", "-c", text]));
  }

  end() {
    try {
      this.#run("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", this.#data);
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  #run(name, ...rest) {
    const program = [join(this.#programs, name), ...rest];
    const as = this.#user ? ["setpriv", "--clear-groups", "--reuid", this.#user.id, "--regid", this.#user.group] : [];
    const [first, ...words] = [...as, ...program].map(String);
    // The server would hold pipes open after pg_ctl has gone.
    return checked(spawnSync(first, words, { cwd: "/", env: { ...process.env, LC_ALL: "C.UTF-8" }, stdio: ["ignore", "ignore", "inherit"] }));
  }
}

function checked(run) {
  if (run.status !== 0) throw new Error(`${run.error?.message ?? `it ended with ${run.signal ?? run.status}`}: ${run.stderr ?? ""}`);
  return String(run.stdout ?? "").trim();
}

function foundPrograms() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(a) - Number(b)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, "bin")), ...(process.env.PATH ?? "").split(delimiter)];
  return folders.find((folder) => ["initdb", "pg_ctl", "psql"].every((name) => existsSync(join(folder, name))));
}

function userNamed(name) {
  const line = readFileSync("/etc/passwd", "utf8").split("\n").find((user) => user.startsWith(`${name}:`));
  if (line === undefined) return undefined;
  const [, , id, group] = line.split(":");
  return { id: Number(id), group: Number(group) };
}
