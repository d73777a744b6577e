import { z } from "@scope/validation/deep";
console.log(z);
