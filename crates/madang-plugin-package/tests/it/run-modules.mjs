// Links and runs the modules on standard input, as a plugin engine does.
import vm from 'node:vm';

let text = '';
for await (const chunk of process.stdin) text += chunk;
const { entry, modules } = JSON.parse(text);
const byPath = new Map(modules.map((module) => [module.path, module]));
const made = new Map();
const context = vm.createContext({ console });

function make(path) {
  if (!made.has(path)) {
    const { source } = byPath.get(path);
    const importModuleDynamically = async (specifier) => {
      const module = follow(path, specifier);
      await module.link((next, from) => follow(from.identifier, next));
      await module.evaluate();
      return module;
    };
    made.set(path, new vm.SourceTextModule(source, { identifier: path, context, importModuleDynamically }));
  }
  return made.get(path);
}

function follow(from, specifier) {
  const path = byPath.get(from).imports[specifier];
  if (path === undefined) throw new Error(`no import ${specifier} in ${from}`);
  return make(path);
}

try {
  const module = make(entry);
  await module.link((specifier, from) => follow(from.identifier, specifier));
  await module.evaluate();
} catch (error) {
  console.log(String(error?.stack ?? error));
}
