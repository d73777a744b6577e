import { posPluginSdk } from "@tossplace/pos-plugin-sdl";
console.log(posPluginSdk);
