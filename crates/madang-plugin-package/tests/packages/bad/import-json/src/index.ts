import text from "./broken.json";
console.log(text);
