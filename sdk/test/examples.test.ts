// Every example in a doc comment compiles as a plugin's author would paste it.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const SRC = new URL("../src/", import.meta.url);
const INDEX = fileURLToPath(new URL("index.ts", SRC));
const FILE = fileURLToPath(new URL("../test/examples.generated.ts", import.meta.url));

/** What examples take for granted. */
const GIVEN = `
import * as sdk from "../src/index.js";
import { createCallbackId, posPluginSdk, PosPluginSdkError, ui } from "../src/index.js";
declare const orderId: string, paymentId: string, id: string, start: string, end: string, token: string, image: string;
declare const issueDate: string, issueNumber: string, cardNumber: string, stamps: number;
declare const order: sdk.PluginOrder, line: sdk.PluginDraftOrderItem, item: sdk.PluginCatalogItem & { type: "ITEM" };
declare const lineItems: sdk.PluginOrderItemDto[], dessert: sdk.PluginOrderItemDto, choices: sdk.PluginOrderItemOptionChoice[];
declare const amounts: Omit<sdk.PaymentDtoBase, "paymentKey">, inputs: sdk.PluginInputs[];
declare const payCallback: sdk.PaymentMethodType["payCallback"], cancelCallback: sdk.PaymentMethodType["cancelCallback"];
declare function send(): Promise<void>;
declare function readSettings(): Promise<void>;
`;

// The compiler reads its own libraries first, which a busy machine takes its time for.
test("examples compile", { timeout: 120_000 }, () => {
  const examples = readdirSync(SRC).flatMap((file) => examplesIn(readFileSync(new URL(file, SRC), "utf8")));
  expect(examples.length).toBeGreaterThan(60);
  const bodies = examples.map((example, index) => `export async function example${index}() {\n${example}\n}`);
  expect(complaintsAbout([GIVEN, ...bodies].join("\n"))).toEqual([]);
});

/** The text after each `@example`, up to the next tag or the comment's end. */
function examplesIn(source: string): string[] {
  const comments = source.match(/\/\*\*[\s\S]*?\*\//g) ?? [];
  return comments.flatMap((comment) =>
    [...comment.matchAll(/@example([\s\S]*?)(?=\n\s*\* @|\*\/)/g)].map(([, text = ""]) => text.replace(/^\s*\* ?/gm, "").trim()),
  );
}

function complaintsAbout(text: string): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    types: [],
    strict: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const withExamples: ts.CompilerHost = {
    ...host,
    fileExists: (name) => name === FILE || host.fileExists(name),
    readFile: (name) => (name === FILE ? text : host.readFile(name)),
    getSourceFile: (name, version) => (name === FILE ? ts.createSourceFile(name, text, version) : host.getSourceFile(name, version)),
  };
  const program = ts.createProgram([FILE, INDEX], options, withExamples);
  return ts.getPreEmitDiagnostics(program).map((each) => {
    const line = each.file?.getLineAndCharacterOfPosition(each.start ?? 0).line ?? 0;
    return `${each.file?.text.split("\n")[line] ?? ""}: ${ts.flattenDiagnosticMessageText(each.messageText, " ")}`;
  });
}
