// Installs what the tests need and may install, and says what cannot run without the rest. In CI that is a failure.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

const BROWSER_PACKAGES = ["chromium", "fonts-noto-cjk"];
const DATABASE_PACKAGES = ["postgresql"];
const BROWSER = process.env.MADANG_CHROMIUM ?? "/usr/bin/chromium";

/** Without one of these the checks would be less than they claim to be. */
const NEEDED = [
  { what: "a browser", has: hasBrowser, install: installBrowser, without: "the end-to-end tests cannot run" },
  { what: "PostgreSQL", has: hasPostgres, install: installPostgres, without: "imports into PostgreSQL are not tested" },
  { what: "Korean fonts", has: hasKoreanFonts, install: installBrowser, without: "screenshots would show boxes for letters" },
];

/** These make the checks faster or wider; nobody is made to install them. */
const OPTIONAL = [
  { what: "cargo-nextest", has: () => runs("cargo", "nextest", "--version"), without: "`cargo test` runs the Rust tests, more slowly" },
  { what: "cargo-deny", has: () => runs("cargo", "deny", "--version"), without: "bans, licences and sources are not checked by `make lint`" },
  { what: "cargo-mutants", has: () => runs("cargo", "mutants", "--version"), without: "no mutants are tried by `make soak`" },
];

for (const { what, has, install } of NEEDED) if (!has()) install(what);
const missing = NEEDED.filter(({ has }) => !has());
for (const { what, without } of missing) console.log(`test-setup: without ${what}, ${without}`);
for (const { what, has, without } of OPTIONAL) if (!has()) console.log(`test-setup: without ${what}, ${without}`);
if (missing.length > 0) {
  console.log(`test-setup: on Debian: apt-get install ${[...BROWSER_PACKAGES, ...DATABASE_PACKAGES].join(" ")}; elsewhere put PostgreSQL's programs into the path and set MADANG_CHROMIUM to a Chromium`);
  if (process.env.CI) process.exitCode = 1;
}

function hasBrowser() {
  return existsSync(BROWSER);
}

/** Without fontconfig nobody can say; the browser then has fonts of its own. */
function hasKoreanFonts() {
  const listed = spawnSync("fc-list", [":lang=ko"], { encoding: "utf8" });
  return listed.error !== undefined || listed.stdout.trim() !== "";
}

function installBrowser(what) {
  if (process.env.MADANG_CHROMIUM === undefined) installPackages(what, BROWSER_PACKAGES);
}

/** In the path, or where Debian keeps it: the tests start servers of their own from there. */
function hasPostgres() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  return runs("initdb", "--version") || versions.some((version) => existsSync(`${debian}/${version}/bin/initdb`));
}

function installPostgres(what) {
  installPackages(what, DATABASE_PACKAGES);
}

function installPackages(what, packages) {
  const admin = administrator();
  if (!runs("apt-get", "--version") || admin === undefined) return;
  console.log(`test-setup: installing ${packages.join(" and ")} for ${what}`);
  const apt = (...rest) => {
    const [program, ...first] = [...admin, "apt-get"];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync(program, [...first, ...rest], { stdio: "inherit", env }).status === 0;
  };
  if (!apt("install", "--yes", "--no-install-recommends", ...packages)) {
    // An image's lists of packages are often gone or old.
    apt("update") && apt("install", "--yes", "--no-install-recommends", ...packages);
  }
}

/** What to put before a command that needs an administrator; undefined when this user may not. */
function administrator() {
  if (process.getuid?.() === 0) return [];
  return runs("sudo", "--non-interactive", "true") ? ["sudo"] : undefined;
}

function runs(program, ...rest) {
  return spawnSync(program, rest, { stdio: "ignore" }).status === 0;
}
