import { posPluginSdk } from "@tossplace/pos-plugin-sdk";
import { readFileSync } from "node:fs";
posPluginSdk.toast.open(readFileSync("/etc/passwd", "utf8"));
