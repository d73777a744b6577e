import { won } from "./pirce";
console.log(won);
