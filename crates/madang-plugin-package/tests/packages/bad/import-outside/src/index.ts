import text from "../../import-json/src/broken.json";
console.log(text);
