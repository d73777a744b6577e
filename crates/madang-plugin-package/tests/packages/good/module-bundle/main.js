import { start } from "./chunk.js";
start();
